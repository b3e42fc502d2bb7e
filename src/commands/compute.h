// What a process computes with: its threads, and the library of its products.
#pragma once

#include <cstdint>
#include <optional>

namespace laurel {

// All cores where `threads` is not given; the faster library of fp32 products. Once per process,
// before the first tensor operation. Returns the number of threads.
int64_t set_up_compute(std::optional<int64_t> threads);

}  // namespace laurel
