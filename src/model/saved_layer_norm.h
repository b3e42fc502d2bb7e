// The statistics of a layer norm's rows, kept from its forward to its backward pass.
#pragma once

#include <cstdint>

#include "model/buffer.h"
#include "ops/layer_norm.h"
#include "ops/types.h"

namespace laurel {

struct SavedLayerNorm {
  Buffer mean, inverse;  // (N)

  // For rows of this type.
  LayerNormStatistics take(int64_t rows, const at::TensorOptions& type) {
    return {mean.take({rows}, compute_type(type)), inverse.take({rows}, compute_type(type))};
  }
  LayerNormStatistics get() { return {mean.get(), inverse.get()}; }
};

}  // namespace laurel
