// Loops of the gated activation, cloned per instruction set.
#include "ops/cpu/silu.h"

#include "ops/cpu/clones.h"
#include "ops/cpu/exp.h"

namespace laurel {

template <class T>
LAUREL_CLONES void gated_silu_rows(const GatedSilu<T>& args, int64_t begin, int64_t end) {
  const int64_t width = args.width;
  for (int64_t r = begin; r < end; ++r) {
    const T* gate = args.gate_up + r * 2 * width;
    const T* up = gate + width;
    T* out = args.activated + r * width;
    for (int64_t i = 0; i < width; ++i) {
      const Compute<T> g = load(gate[i]);
      store(out[i], g / (1 + fast_exp(-g)) * load(up[i]));
    }
  }
}

namespace {

template <class T>
inline __attribute__((always_inline)) void backward_row(int64_t width, const T* __restrict gate,
                                                        const T* __restrict up,
                                                        const T* __restrict grad, T* __restrict out,
                                                        T* __restrict grad_gate,
                                                        T* __restrict grad_up) {
  for (int64_t i = 0; i < width; ++i) {
    const Compute<T> g = load(gate[i]);
    const Compute<T> u = load(up[i]);
    const Compute<T> d = load(grad[i]);
    const Compute<T> sigmoid = 1 / (1 + fast_exp(-g));
    const Compute<T> silu = g * sigmoid;
    store(out[i], silu * u);
    store(grad_up[i], d * silu);
    store(grad_gate[i], d * u * (sigmoid + silu * (1 - sigmoid)));
  }
}

}  // namespace

template <class T>
LAUREL_CLONES void gated_silu_backward_rows(const GatedSilu<T>& args, int64_t begin, int64_t end) {
  const int64_t width = args.width;
  for (int64_t r = begin; r < end; ++r) {
    const T* gate = args.gate_up + r * 2 * width;
    T* grad_gate = args.grad_gate_up + r * 2 * width;
    backward_row(width, gate, gate + width, args.grad + r * width, args.activated + r * width,
                 grad_gate, grad_gate + width);
  }
}

template void gated_silu_rows(const GatedSilu<float>&, int64_t, int64_t);
template void gated_silu_rows(const GatedSilu<double>&, int64_t, int64_t);
template void gated_silu_rows(const GatedSilu<Bf16>&, int64_t, int64_t);
template void gated_silu_backward_rows(const GatedSilu<float>&, int64_t, int64_t);
template void gated_silu_backward_rows(const GatedSilu<double>&, int64_t, int64_t);
template void gated_silu_backward_rows(const GatedSilu<Bf16>&, int64_t, int64_t);

}  // namespace laurel
