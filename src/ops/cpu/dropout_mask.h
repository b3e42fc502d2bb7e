// What dropout drops, as a value; includes nothing, for those who only hand it on.
#pragma once

#include <cstdint>
#include <span>

namespace laurel {

// Of one place in the model, in one pass. Rate 0: nothing is dropped, and the rest is not read.
struct DropoutMask {
  double rate = 0;                      // the probability that an element becomes zero
  uint64_t place = 0;                   // hash of the run's seed, the step, the layer and the place
  std::span<const uint64_t> rows = {};  // a hash of each row

  explicit operator bool() const { return rate > 0; }
};

}  // namespace laurel
