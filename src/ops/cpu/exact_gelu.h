// Kernels of the exact GELU over rows [begin, end), contiguous; I = intermediate width.
#pragma once

#include <cstdint>

#include "ops/cpu/bf16.h"

namespace laurel {

template <class T>
struct ExactGelu {
  int64_t width;  // I
  const T* x;     // (T, I)
  T* activated;   // (T, I)
  const T* grad;  // (T, I), backward only
  T* grad_x;      // (T, I), backward only
};
template <class T>
void exact_gelu_rows(const ExactGelu<T>& args, int64_t begin, int64_t end);
template <class T>
void exact_gelu_backward_rows(const ExactGelu<T>& args, int64_t begin, int64_t end);

template <class T>
struct GatedExactGelu {
  int64_t width;     // I
  const T* gate_up;  // (T, 2 I)
  T* activated;      // (T, I)
  const T* grad;     // (T, I), backward only
  T* grad_gate_up;   // (T, 2 I), backward only
};
template <class T>
void gated_exact_gelu_rows(const GatedExactGelu<T>& args, int64_t begin, int64_t end);
template <class T>
void gated_exact_gelu_backward_rows(const GatedExactGelu<T>& args, int64_t begin, int64_t end);

}  // namespace laurel
