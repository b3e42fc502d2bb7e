// How much memory training takes, by shapes alone, and what must be recomputed to fit.
#pragma once

#include <cstdint>

#include "model/backbone.h"
#include "model/memory_shape.h"
#include "model/recompute.h"

namespace laurel {

// Bytes by what they hold. Activations are what training keeps and works in.
struct MemoryEstimate {
  int64_t state = 0;         // weights with their masters' low halves, gradients, moments; averages
  int64_t state_of_all = 0;  // what that would be, were the frozen parameters trained
  int64_t average = 0;       // of state: the averages
  int64_t activations = 0;
  int64_t attention = 0;  // what LibTorch's attention takes for itself, on CUDA
  int64_t rest = 0;       // kernels, workspaces of libraries
  int64_t copy = 0;       // of all but gradients, while a checkpoint is written; on the host
  int64_t total() const { return state + activations + attention + rest + copy; }
};

// m bytes a moment, a an average, b an element:
//   state                   parameters (8 + 2 m + a): bf16 and its low half, or fp32; the gradient in
//                           fp32; and b of what is frozen
//   activations, attention  of the backbone's family
//   rest                    1 GiB on CUDA
//   copy                    parameters (4 + 2 m + a) on the CPU; on CUDA it takes none of the device's
//                           memory
MemoryEstimate estimate_memory(const Backbone& backbone, const MemoryShape& shape,
                               Recompute recompute);

struct MemoryPlan {
  Recompute recompute;
  MemoryEstimate need;
};

// `requested`, or for automatic the first level that takes less than 92 % of `free` bytes (0: not
// known, nothing is computed again). Throws Error (memory) where none does.
MemoryPlan plan_memory(const Backbone& backbone, const MemoryShape& shape, Recompute requested,
                       int64_t free);

}  // namespace laurel
