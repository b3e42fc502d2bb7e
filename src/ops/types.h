// Types of storage and of arithmetic.
#pragma once

#include <c10/core/ScalarType.h>
#include <c10/core/TensorOptions.h>

namespace laurel {

// What a computation on values stored in `storage` is done in: fp32 for bf16, else the same type.
// Statistics, rope tables and gradients of parameters are kept in it.
inline at::ScalarType compute_type(at::ScalarType storage) {
  return storage == at::kBFloat16 ? at::kFloat : storage;
}

// The same, of a tensor's options: on its device.
inline at::TensorOptions compute_type(const at::TensorOptions& storage) {
  return storage.dtype(compute_type(c10::typeMetaToScalarType(storage.dtype())));
}

}  // namespace laurel
