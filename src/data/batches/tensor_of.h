// A vector's values as a tensor of its own.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <cstring>
#include <vector>

namespace laurel {

template <class T>
at::Tensor tensor_of(const std::vector<T>& values, at::IntArrayRef shape) {
  at::Tensor tensor = at::empty(shape, at::TensorOptions(c10::CppTypeToScalarType<T>::value));
  TORCH_INTERNAL_ASSERT(tensor.numel() == static_cast<int64_t>(values.size()));
  if (!values.empty()) std::memcpy(tensor.mutable_data_ptr(), values.data(), tensor.nbytes());
  return tensor;
}

template <class T>
at::Tensor tensor_of(const std::vector<T>& values) {
  return tensor_of(values, {static_cast<int64_t>(values.size())});
}

}  // namespace laurel
