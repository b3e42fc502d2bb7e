// Row loops of rms_norm, cloned per instruction set.
#include "ops/cpu/norm.h"

#include <cmath>

#include "ops/cpu/clones.h"

namespace laurel {

template <class T>
LAUREL_CLONES void rms_norm_rows(const NormForward<T>& args, int64_t begin, int64_t end) {
  const int64_t width = args.x.width;
  for (int64_t r = begin; r < end; ++r) {
    const T* x = args.x[r];
    T* out = args.out[r];
    Compute<T> squares = 0;
    for (int64_t i = 0; i < width; ++i) squares += load(x[i]) * load(x[i]);
    const Compute<T> inverse = 1 / std::sqrt(squares / static_cast<Compute<T>>(width) + args.eps);
    for (int64_t i = 0; i < width; ++i)
      store(out[i], load(x[i]) * inverse * (args.added + load(args.weight[i])));
    args.inverse_rms[r] = inverse;
  }
}

template <class T>
LAUREL_CLONES void rms_norm_backward_rows(const NormBackward<T>& args, Compute<T>* grad_weight,
                                          int64_t begin, int64_t end) {
  const int64_t width = args.x.width;
  for (int64_t r = begin; r < end; ++r) {
    const T* grad = args.grad[r];
    const T* x = args.x[r];
    T* grad_x = args.grad_x[r];
    const Compute<T> inverse = args.inverse_rms[r];
    Compute<T> dot = 0;
    for (int64_t i = 0; i < width; ++i) {
      const Compute<T> product = load(grad[i]) * load(x[i]);
      dot += product * (args.added + load(args.weight[i]));
      grad_weight[i] += product * inverse;
    }
    const Compute<T> pull = dot * inverse * inverse * inverse / static_cast<Compute<T>>(width);
    for (int64_t i = 0; i < width; ++i) {
      const Compute<T> change =
          load(grad[i]) * (args.added + load(args.weight[i])) * inverse - load(x[i]) * pull;
      store(grad_x[i], (args.add ? load(grad_x[i]) : 0) + change);
    }
  }
}

template void rms_norm_rows(const NormForward<float>&, int64_t, int64_t);
template void rms_norm_rows(const NormForward<double>&, int64_t, int64_t);
template void rms_norm_rows(const NormForward<Bf16>&, int64_t, int64_t);
template void rms_norm_backward_rows(const NormBackward<float>&, float*, int64_t, int64_t);
template void rms_norm_backward_rows(const NormBackward<double>&, double*, int64_t, int64_t);
template void rms_norm_backward_rows(const NormBackward<Bf16>&, float*, int64_t, int64_t);

}  // namespace laurel
