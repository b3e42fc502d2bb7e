// Loops of the gated activation, cloned per instruction set.
#include "ops/cpu/silu.h"

#include "ops/cpu/clones.h"
#include "ops/cpu/exp.h"

namespace laurel {

template <class T>
LAUREL_CLONES void gated_silu_rows(const GatedSilu<T>& args, int64_t begin, int64_t end) {
  for (int64_t r = begin; r < end; ++r) {
    const T* gate = args.gate_up + r * 2 * args.width;
    const T* up = gate + args.width;
    T* out = args.activated + r * args.width;
    for (int64_t i = 0; i < args.width; ++i) {
      out[i] = gate[i] / (T(1) + fast_exp(-gate[i])) * up[i];
    }
  }
}

template <class T>
LAUREL_CLONES void gated_silu_backward_rows(const GatedSilu<T>& args, int64_t begin, int64_t end) {
  for (int64_t r = begin; r < end; ++r) {
    const T* gate = args.gate_up + r * 2 * args.width;
    const T* up = gate + args.width;
    const T* grad = args.grad + r * args.width;
    T* out = args.activated + r * args.width;
    T* grad_gate = args.grad_gate_up + r * 2 * args.width;
    T* grad_up = grad_gate + args.width;
    for (int64_t i = 0; i < args.width; ++i) {
      const T sigmoid = T(1) / (T(1) + fast_exp(-gate[i]));
      const T silu = gate[i] * sigmoid;
      out[i] = silu * up[i];
      grad_up[i] = grad[i] * silu;
      grad_gate[i] = grad[i] * up[i] * (sigmoid + silu * (T(1) - sigmoid));
    }
  }
}

template void gated_silu_rows<float>(const GatedSilu<float>&, int64_t, int64_t);
template void gated_silu_rows<double>(const GatedSilu<double>&, int64_t, int64_t);
template void gated_silu_backward_rows<float>(const GatedSilu<float>&, int64_t, int64_t);
template void gated_silu_backward_rows<double>(const GatedSilu<double>&, int64_t, int64_t);

}  // namespace laurel
