// What the memory of training depends on beside the backbone, and a backbone's part of that memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace laurel {

struct MemoryShape {
  int64_t parameters = 0;                   // elements that are trained, in all parameter buffers
  int64_t frozen = 0;                       // elements that are not
  std::optional<int64_t> kept_layers = {};  // whose activations training keeps; none: of all
  int64_t tokens = 0;                       // computed tokens of the largest micro-batch
  int64_t eval_tokens = 0;    // the same of evaluations between steps; 0: there are none
  int64_t longest = 0;        // tokens of the longest row
  int64_t element_bytes = 4;  // of weights and activations: 2 or 4
  int64_t moment_bytes = 4;   // of one of the two moments
  int64_t average_bytes = 0;  // of a moving average: 4 or 0
  bool cuda = false;
  bool saves = false;  // checkpoints while it runs
};

inline int64_t kept_layers(const MemoryShape& shape, int64_t layers) {
  return std::min(shape.kept_layers.value_or(layers), layers);
}

// The tokens of passes that keep nothing: of evaluations, and of the layers below the kept ones.
inline int64_t scoring_tokens(const MemoryShape& shape, int64_t layers) {
  const bool below = shape.kept_layers.value_or(layers) < layers;
  return below ? std::max(shape.eval_tokens, shape.tokens) : shape.eval_tokens;
}

struct ActivationBytes {
  int64_t activations = 0;  // what training keeps and works in
  int64_t attention = 0;    // what LibTorch's attention takes for itself, on CUDA
};

}  // namespace laurel
