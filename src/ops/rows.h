// From tensors to the pointers that kernels take.
#pragma once

#include <ATen/core/Tensor.h>

#include <type_traits>

#include "ops/cpu/rows.h"

namespace laurel {

template <class T>
T* pointer(const at::Tensor& x) {
  if constexpr (std::is_const_v<T>) {
    return x.const_data_ptr<std::remove_const_t<T>>();
  } else {
    return x.data_ptr<T>();
  }
}

// x (outer, width) or (outer, inner, width), the last dimension contiguous.
template <class T>
Rows<T> rows_of(const at::Tensor& x) {
  TORCH_INTERNAL_ASSERT(x.dim() == 2 || x.dim() == 3);
  TORCH_INTERNAL_ASSERT(x.stride(-1) == 1 || x.size(-1) == 1);
  const bool flat = x.dim() == 2;
  return {pointer<T>(x), flat ? 1 : x.size(1), x.stride(0), flat ? 0 : x.stride(1), x.size(-1)};
}

inline int64_t row_count(const at::Tensor& x) {
  return x.dim() == 2 ? x.size(0) : x.size(0) * x.size(1);
}

}  // namespace laurel
