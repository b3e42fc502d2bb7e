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
    T squares = 0;
    for (int64_t i = 0; i < width; ++i) squares += x[i] * x[i];
    const T inverse = T(1) / std::sqrt(squares / static_cast<T>(width) + args.eps);
    for (int64_t i = 0; i < width; ++i) out[i] = x[i] * inverse * args.weight[i];
    args.inverse_rms[r] = inverse;
  }
}

template <class T>
LAUREL_CLONES void rms_norm_backward_rows(const NormBackward<T>& args, T* grad_weight,
                                          int64_t begin, int64_t end) {
  const int64_t width = args.x.width;
  for (int64_t r = begin; r < end; ++r) {
    const T* grad = args.grad[r];
    const T* x = args.x[r];
    T* grad_x = args.grad_x[r];
    const T inverse = args.inverse_rms[r];
    T dot = 0;
    for (int64_t i = 0; i < width; ++i) {
      dot += grad[i] * args.weight[i] * x[i];
      grad_weight[i] += grad[i] * x[i] * inverse;
    }
    const T pull = dot * inverse * inverse * inverse / static_cast<T>(width);
    if (args.add) {
      for (int64_t i = 0; i < width; ++i) {
        grad_x[i] += grad[i] * args.weight[i] * inverse - x[i] * pull;
      }
    } else {
      for (int64_t i = 0; i < width; ++i) {
        grad_x[i] = grad[i] * args.weight[i] * inverse - x[i] * pull;
      }
    }
  }
}

template void rms_norm_rows<float>(const NormForward<float>&, int64_t, int64_t);
template void rms_norm_rows<double>(const NormForward<double>&, int64_t, int64_t);
template void rms_norm_backward_rows<float>(const NormBackward<float>&, float*, int64_t, int64_t);
template void rms_norm_backward_rows<double>(const NormBackward<double>&, double*, int64_t,
                                             int64_t);

}  // namespace laurel
