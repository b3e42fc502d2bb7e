// Kernels of the gated activation over rows [begin, end); I = intermediate width, rows contiguous.
#pragma once

#include <cstdint>

#include "ops/cpu/bf16.h"

namespace laurel {

template <class T>
struct GatedSilu {
  int64_t width;     // I
  const T* gate_up;  // (T, 2 I)
  T* activated;      // (T, I)
  const T* grad;     // (T, I), backward only
  T* grad_gate_up;   // (T, 2 I), backward only
};
template <class T>
void gated_silu_rows(const GatedSilu<T>& args, int64_t begin, int64_t end);
template <class T>
void gated_silu_backward_rows(const GatedSilu<T>& args, int64_t begin, int64_t end);

}  // namespace laurel
