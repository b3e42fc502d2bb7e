// Loops of the gated activations, cloned per instruction set.
#include "ops/cpu/gated.h"

#include "ops/cpu/clones.h"
#include "ops/cpu/exp.h"

namespace laurel {

namespace {

// act(x) = x sigmoid(z): z = x, or 2 u of the gelu. `slope` is dz/dx.
template <Gate kGate, class C>
inline __attribute__((always_inline)) C gate_argument(C x) {
  if constexpr (kGate == Gate::silu) return x;
  return x * (C(1.5957691216057308) + C(0.07135481627260025) * x * x);
}

template <Gate kGate, class C>
inline __attribute__((always_inline)) C gate_slope(C x) {
  if constexpr (kGate == Gate::silu) return C(1);
  return C(1.5957691216057308) + C(3 * 0.07135481627260025) * x * x;
}

template <Gate kGate, class T>
inline __attribute__((always_inline)) void backward_row(int64_t width, const T* __restrict gate,
                                                        const T* __restrict up,
                                                        const T* __restrict grad, T* __restrict out,
                                                        T* __restrict grad_gate,
                                                        T* __restrict grad_up) {
  for (int64_t i = 0; i < width; ++i) {
    const Compute<T> g = load(gate[i]);
    const Compute<T> u = load(up[i]);
    const Compute<T> d = load(grad[i]);
    const Compute<T> sigmoid = 1 / (1 + fast_exp(-gate_argument<kGate>(g)));
    const Compute<T> act = g * sigmoid;
    store(out[i], act * u);
    store(grad_up[i], d * act);
    store(grad_gate[i], d * u * (sigmoid + act * (1 - sigmoid) * gate_slope<kGate>(g)));
  }
}

}  // namespace

template <Gate kGate, class T>
LAUREL_CLONES void gated_rows(const GatedRows<T>& args, int64_t begin, int64_t end) {
  const int64_t width = args.width;
  for (int64_t r = begin; r < end; ++r) {
    const T* gate = args.gate_up + r * 2 * width;
    const T* up = gate + width;
    T* out = args.activated + r * width;
    for (int64_t i = 0; i < width; ++i) {
      const Compute<T> g = load(gate[i]);
      store(out[i], g / (1 + fast_exp(-gate_argument<kGate>(g))) * load(up[i]));
    }
  }
}

template <Gate kGate, class T>
LAUREL_CLONES void gated_backward_rows(const GatedRows<T>& args, int64_t begin, int64_t end) {
  const int64_t width = args.width;
  for (int64_t r = begin; r < end; ++r) {
    const T* gate = args.gate_up + r * 2 * width;
    T* grad_gate = args.grad_gate_up + r * 2 * width;
    backward_row<kGate>(width, gate, gate + width, args.grad + r * width,
                        args.activated + r * width, grad_gate, grad_gate + width);
  }
}

template void gated_rows<Gate::silu>(const GatedRows<float>&, int64_t, int64_t);
template void gated_rows<Gate::silu>(const GatedRows<double>&, int64_t, int64_t);
template void gated_rows<Gate::silu>(const GatedRows<Bf16>&, int64_t, int64_t);
template void gated_rows<Gate::gelu_tanh>(const GatedRows<float>&, int64_t, int64_t);
template void gated_rows<Gate::gelu_tanh>(const GatedRows<double>&, int64_t, int64_t);
template void gated_rows<Gate::gelu_tanh>(const GatedRows<Bf16>&, int64_t, int64_t);
template void gated_backward_rows<Gate::silu>(const GatedRows<float>&, int64_t, int64_t);
template void gated_backward_rows<Gate::silu>(const GatedRows<double>&, int64_t, int64_t);
template void gated_backward_rows<Gate::silu>(const GatedRows<Bf16>&, int64_t, int64_t);
template void gated_backward_rows<Gate::gelu_tanh>(const GatedRows<float>&, int64_t, int64_t);
template void gated_backward_rows<Gate::gelu_tanh>(const GatedRows<double>&, int64_t, int64_t);
template void gated_backward_rows<Gate::gelu_tanh>(const GatedRows<Bf16>&, int64_t, int64_t);

}  // namespace laurel
