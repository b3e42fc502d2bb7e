// Whether a tensor has infinities or NaN.
#pragma once

#include <ATen/core/Tensor.h>

namespace laurel {

// at::isfinite(values).all(), in one pass over the memory of a contiguous tensor of fp16, bf16, fp32 or
// fp64 on the CPU: ATen writes four more tensors for it.
bool all_finite(const at::Tensor& values);

}  // namespace laurel
