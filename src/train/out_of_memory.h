// Recognises out-of-memory errors and builds their message.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <span>
#include <string>

#include "core/error.h"
#include "data/batch.h"
#include "model/recompute.h"

namespace laurel {

// Of the system, of LibTorch's CPU allocator, or of a device's.
bool is_out_of_memory(const std::exception& caught);

// "1.5 GiB", as the allocator says it; "more memory than there is" where it does not.
std::string requested_memory(const std::exception& caught);

// The micro-batch that was computed, and the options that its memory depends on.
struct MicroBatch {
  int64_t step;  // from 1
  const Batch& batch;
  std::span<const Group* const> groups;               // of the step
  std::function<std::string(const Group&)> location;  // "file:line"
  Recompute recompute;
  int64_t tokens_per_micro_batch;
  bool moments_fp32;
};

// Error (memory): what was asked for, in which step, for how many tokens, the longest group and
// its location, and which option to change.
Error out_of_memory(const std::exception& caught, const MicroBatch& at);

}  // namespace laurel
