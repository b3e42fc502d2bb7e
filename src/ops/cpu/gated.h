// Kernels of the gated activations over rows [begin, end); I = intermediate width, rows contiguous.
#pragma once

#include <cstdint>

#include "ops/cpu/bf16.h"
#include "ops/gate.h"

namespace laurel {

template <class T>
struct GatedRows {
  int64_t width;     // I
  const T* gate_up;  // (T, 2 I)
  T* activated;      // (T, I)
  const T* grad;     // (T, I), backward only
  T* grad_gate_up;   // (T, 2 I), backward only
};
template <Gate kGate, class T>
void gated_rows(const GatedRows<T>& args, int64_t begin, int64_t end);
template <Gate kGate, class T>
void gated_backward_rows(const GatedRows<T>& args, int64_t begin, int64_t end);

}  // namespace laurel
