// Loops of the exact GELU, cloned per instruction set.
#include "ops/cpu/exact_gelu.h"

#include "ops/cpu/clones.h"
#include "ops/cpu/normal.h"

namespace laurel {

template <class T>
LAUREL_CLONES void exact_gelu_rows(const ExactGelu<T>& args, int64_t begin, int64_t end) {
  const T* __restrict x = args.x;
  T* __restrict out = args.activated;
  for (int64_t i = begin * args.width; i < end * args.width; ++i) {
    store(out[i], load(x[i]) * normal(load(x[i])).cumulative);
  }
}

template <class T>
LAUREL_CLONES void exact_gelu_backward_rows(const ExactGelu<T>& args, int64_t begin, int64_t end) {
  const T* __restrict x = args.x;
  const T* __restrict grad = args.grad;
  T* __restrict out = args.activated;
  T* __restrict grad_x = args.grad_x;
  for (int64_t i = begin * args.width; i < end * args.width; ++i) {
    const Compute<T> value = load(x[i]);
    const auto [cumulative, density] = normal(value);
    store(out[i], value * cumulative);
    store(grad_x[i], load(grad[i]) * (cumulative + value * density));
  }
}

template <class T>
LAUREL_CLONES void gated_exact_gelu_rows(const GatedExactGelu<T>& args, int64_t begin,
                                         int64_t end) {
  const int64_t width = args.width;
  for (int64_t r = begin; r < end; ++r) {
    const T* __restrict gate = args.gate_up + r * 2 * width;
    const T* __restrict up = gate + width;
    T* __restrict out = args.activated + r * width;
    for (int64_t i = 0; i < width; ++i) {
      const Compute<T> g = load(gate[i]);
      store(out[i], g * normal(g).cumulative * load(up[i]));
    }
  }
}

template <class T>
LAUREL_CLONES void gated_exact_gelu_backward_rows(const GatedExactGelu<T>& args, int64_t begin,
                                                  int64_t end) {
  const int64_t width = args.width;
  for (int64_t r = begin; r < end; ++r) {
    const T* __restrict gate = args.gate_up + r * 2 * width;
    const T* __restrict up = gate + width;
    const T* __restrict grad = args.grad + r * width;
    T* __restrict out = args.activated + r * width;
    T* __restrict grad_gate = args.grad_gate_up + r * 2 * width;
    T* __restrict grad_up = grad_gate + width;
    for (int64_t i = 0; i < width; ++i) {
      const Compute<T> g = load(gate[i]);
      const Compute<T> u = load(up[i]);
      const Compute<T> d = load(grad[i]);
      const auto [cumulative, density] = normal(g);
      store(out[i], g * cumulative * u);
      store(grad_up[i], d * g * cumulative);
      store(grad_gate[i], d * u * (cumulative + g * density));
    }
  }
}

template void exact_gelu_rows(const ExactGelu<float>&, int64_t, int64_t);
template void exact_gelu_rows(const ExactGelu<double>&, int64_t, int64_t);
template void exact_gelu_rows(const ExactGelu<Bf16>&, int64_t, int64_t);
template void exact_gelu_backward_rows(const ExactGelu<float>&, int64_t, int64_t);
template void exact_gelu_backward_rows(const ExactGelu<double>&, int64_t, int64_t);
template void exact_gelu_backward_rows(const ExactGelu<Bf16>&, int64_t, int64_t);
template void gated_exact_gelu_rows(const GatedExactGelu<float>&, int64_t, int64_t);
template void gated_exact_gelu_rows(const GatedExactGelu<double>&, int64_t, int64_t);
template void gated_exact_gelu_rows(const GatedExactGelu<Bf16>&, int64_t, int64_t);
template void gated_exact_gelu_backward_rows(const GatedExactGelu<float>&, int64_t, int64_t);
template void gated_exact_gelu_backward_rows(const GatedExactGelu<double>&, int64_t, int64_t);
template void gated_exact_gelu_backward_rows(const GatedExactGelu<Bf16>&, int64_t, int64_t);

}  // namespace laurel
