// Kernels of rms_norm over rows [begin, end).
#pragma once

#include <cstdint>

#include "ops/cpu/bf16.h"
#include "ops/cpu/strided_rows.h"

namespace laurel {

template <class T>
struct NormForward {
  StridedRows<const T> x;
  const T* weight;
  Compute<T> added;  // to each weight
  Compute<T> eps;
  StridedRows<T> out;
  Compute<T>* inverse_rms;  // per row
};
template <class T>
void rms_norm_rows(const NormForward<T>& args, int64_t begin, int64_t end);

template <class T>
struct NormBackward {
  StridedRows<const T> grad, x;
  const T* weight;
  Compute<T> added;
  const Compute<T>* inverse_rms;
  StridedRows<T> grad_x;
  bool add;  // to grad_x; else overwrite, where grad_x may be grad
};
// Adds the rows' weight gradient to grad_weight (width).
template <class T>
void rms_norm_backward_rows(const NormBackward<T>& args, Compute<T>* grad_weight, int64_t begin,
                            int64_t end);

}  // namespace laurel
