// From tensors to the types and pointers that kernels take.
#pragma once

#include <ATen/core/Tensor.h>

#include <type_traits>

#include "ops/cpu/bf16.h"
#include "ops/cpu/strided_rows.h"

namespace laurel {

// Calls work(T{}) with the type T that kernels use for `storage`: float, double or Bf16.
template <class Work>
void with_storage(at::ScalarType storage, const Work& work) {
  switch (storage) {
    case at::kFloat: return work(float{});
    case at::kDouble: return work(double{});
    case at::kBFloat16: return work(Bf16{});
    default: TORCH_INTERNAL_ASSERT(false, "operations take fp32, fp64 and bf16, not ", storage);
  }
}

template <class T>
T* pointer(const at::Tensor& x) {
  using Element = std::remove_const_t<T>;
  using Stored = std::conditional_t<std::is_same_v<Element, Bf16>, at::BFloat16, Element>;
  if constexpr (std::is_const_v<T>) {
    return reinterpret_cast<T*>(x.const_data_ptr<Stored>());
  } else {
    return reinterpret_cast<T*>(x.data_ptr<Stored>());
  }
}

// x (outer, width) or (outer, inner, width), the last dimension contiguous.
template <class T>
StridedRows<T> rows_of(const at::Tensor& x) {
  TORCH_INTERNAL_ASSERT(x.dim() == 2 || x.dim() == 3);
  TORCH_INTERNAL_ASSERT(x.stride(-1) == 1 || x.size(-1) == 1);
  const bool flat = x.dim() == 2;
  return {pointer<T>(x), flat ? 1 : x.size(1), x.stride(0), flat ? 0 : x.stride(1), x.size(-1)};
}

inline int64_t row_count(const at::Tensor& x) {
  return x.dim() == 2 ? x.size(0) : x.size(0) * x.size(1);
}

}  // namespace laurel
