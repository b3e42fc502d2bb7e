// From tensors to what launchers of kernels take.
#pragma once

#include <ATen/core/Tensor.h>

#include <type_traits>

#include "ops/cuda/types.h"

namespace laurel {

inline CudaType cuda_type(const at::Tensor& x) {
  TORCH_INTERNAL_ASSERT(x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16,
                        "CUDA kernels take fp32 and bf16, not ", x.scalar_type());
  return x.scalar_type() == at::kFloat ? CudaType::fp32 : CudaType::bf16;
}

// The first element, of a tensor that may be undefined (null).
inline const void* cuda_in(const at::Tensor& x) {
  return x.defined() ? x.const_data_ptr() : nullptr;
}
inline void* cuda_out(const at::Tensor& x) { return x.defined() ? x.mutable_data_ptr() : nullptr; }

// x (outer, width) or (outer, inner, width), the last dimension contiguous. V: void or const void.
template <class V>
CudaStridedRows<V> cuda_rows(const at::Tensor& x) {
  TORCH_INTERNAL_ASSERT(x.dim() == 2 || x.dim() == 3);
  TORCH_INTERNAL_ASSERT(x.stride(-1) == 1 || x.size(-1) == 1);
  V* data = nullptr;
  if constexpr (std::is_const_v<V>) {
    data = cuda_in(x);
  } else {
    data = cuda_out(x);
  }
  const bool flat = x.dim() == 2;
  return {data, flat ? 1 : x.size(1), x.stride(0), flat ? 0 : x.stride(1)};
}

}  // namespace laurel
