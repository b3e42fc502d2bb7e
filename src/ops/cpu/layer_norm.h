// Kernels of layer_norm over rows [begin, end).
#pragma once

#include <cstdint>

#include "ops/cpu/bf16.h"
#include "ops/cpu/strided_rows.h"

namespace laurel {

template <class T>
struct LayerNormForward {
  StridedRows<const T> x;
  const T* weight;
  const T* bias;  // null: none
  Compute<T> eps;
  StridedRows<T> out;
  Compute<T>* mean;     // per row
  Compute<T>* inverse;  // per row
};
template <class T>
void layer_norm_rows(const LayerNormForward<T>& args, int64_t begin, int64_t end);

template <class T>
struct LayerNormBackward {
  StridedRows<const T> grad, x;
  const T* weight;
  const Compute<T>* mean;
  const Compute<T>* inverse;
  StridedRows<T> grad_x;
  bool add;  // to grad_x; else overwrite, where grad_x may be grad
};
// Adds the rows' gradients of weight and bias to sums: the weight's (width), then the bias's.
template <class T>
void layer_norm_backward_rows(const LayerNormBackward<T>& args, Compute<T>* sums, int64_t begin,
                              int64_t end);

}  // namespace laurel
