// How much memory training takes, by shapes alone, and what must be recomputed to fit.
#pragma once

#include <cstdint>

#include "model/families/llama/block.h"

namespace laurel {

struct MemoryShape {
  int64_t parameters = 0;     // elements of all parameter buffers
  int64_t tokens = 0;         // computed tokens of the largest micro-batch
  int64_t eval_tokens = 0;    // the same of evaluations between steps; 0: there are none
  int64_t longest = 0;        // tokens of the longest row
  int64_t element_bytes = 4;  // of weights and activations: 2 or 4
  int64_t moment_bytes = 4;   // of one of the two moments
  bool cuda = false;
  bool saves = false;  // checkpoints while it runs
};

// Bytes by what they hold. Activations are what training keeps and works in.
struct MemoryEstimate {
  int64_t state = 0;  // weights with their masters' low halves, gradients, moments
  int64_t activations = 0;
  int64_t attention = 0;  // what LibTorch's attention takes for itself, on CUDA
  int64_t rest = 0;       // kernels, workspaces of libraries
  int64_t copy = 0;       // of weights and moments, while a checkpoint is written; on the host
  int64_t total() const { return state + activations + attention + rest + copy; }
};

// T tokens, L layers, b bytes an element, m bytes a moment:
//   state        parameters (8 + 2 m): bf16 and its low half, or fp32; the gradient in fp32
//   none         b T L (2 D + (H + 2 G) K + H K + 2 I)
//   gate_up      b T (L (2 D + (H + 2 G) K + H K) + 2 I)
//   inputs       b T (L D + D + (H + 2 G) K + H K + 2 I)
//   all of them  b T (3 D + 4 I + (H + 2 G) K + H K) to work in, and fp32 statistics of norms and
//                softmax; b S (3 D + (H + 2 G) K + H K + 2 I) for S scored tokens
//   attention    flash: gradients of gathered keys by query head and an fp32 gradient of queries,
//                4 H K (3 T + T): keys are taken to be three times the tokens, as in pairs that
//                share almost all of them; plain: four matrices of scores of the longest row
//   rest         1 GiB on CUDA
//   copy         parameters (4 + 2 m) on the CPU; on CUDA it takes none of the device's memory
MemoryEstimate estimate_memory(const LlamaConfig& config, const MemoryShape& shape,
                               Recompute recompute);

struct MemoryPlan {
  Recompute recompute;
  MemoryEstimate need;
};

// `requested`, or for automatic the first level that takes less than 92 % of `free` bytes (0: not
// known, nothing is computed again). Throws Error (memory) where none does.
MemoryPlan plan_memory(const LlamaConfig& config, const MemoryShape& shape, Recompute requested,
                       int64_t free);

}  // namespace laurel
