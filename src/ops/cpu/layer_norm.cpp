// Row loops of layer_norm, cloned per instruction set.
#include "ops/cpu/layer_norm.h"

#include <cmath>

#include "ops/cpu/clones.h"

namespace laurel {

template <class T>
LAUREL_CLONES void layer_norm_rows(const LayerNormForward<T>& args, int64_t begin, int64_t end) {
  const int64_t width = args.x.width;
  const auto count = static_cast<Compute<T>>(width);
  const T* weight = args.weight;
  const T* bias = args.bias;
  for (int64_t r = begin; r < end; ++r) {
    const T* x = args.x[r];
    T* out = args.out[r];
    Compute<T> sum = 0, squares = 0;
    for (int64_t i = 0; i < width; ++i) sum += load(x[i]);
    const Compute<T> mean = sum / count;
    for (int64_t i = 0; i < width; ++i) squares += (load(x[i]) - mean) * (load(x[i]) - mean);
    const Compute<T> inverse = 1 / std::sqrt(squares / count + args.eps);
    if (bias) {
      for (int64_t i = 0; i < width; ++i)
        store(out[i], (load(x[i]) - mean) * inverse * load(weight[i]) + load(bias[i]));
    } else {
      for (int64_t i = 0; i < width; ++i)
        store(out[i], (load(x[i]) - mean) * inverse * load(weight[i]));
    }
    args.mean[r] = mean;
    args.inverse[r] = inverse;
  }
}

template <class T>
LAUREL_CLONES void layer_norm_backward_rows(const LayerNormBackward<T>& args, Compute<T>* sums,
                                            int64_t begin, int64_t end) {
  const int64_t width = args.x.width;
  const auto count = static_cast<Compute<T>>(width);
  const T* weight = args.weight;
  Compute<T>* grad_weight = sums;
  Compute<T>* grad_bias = sums + width;
  for (int64_t r = begin; r < end; ++r) {
    const T* grad = args.grad[r];
    const T* x = args.x[r];
    T* grad_x = args.grad_x[r];
    const Compute<T> mean = args.mean[r], inverse = args.inverse[r];
    Compute<T> sum = 0, dot = 0;
    for (int64_t i = 0; i < width; ++i) {
      const Compute<T> normed = (load(x[i]) - mean) * inverse;
      const Compute<T> scaled = load(grad[i]) * load(weight[i]);
      sum += scaled;
      dot += scaled * normed;
      grad_weight[i] += load(grad[i]) * normed;
      grad_bias[i] += load(grad[i]);
    }
    const Compute<T> shift = sum / count, pull = dot / count;
    for (int64_t i = 0; i < width; ++i) {
      const Compute<T> normed = (load(x[i]) - mean) * inverse;
      const Compute<T> change = inverse * (load(grad[i]) * load(weight[i]) - shift - normed * pull);
      store(grad_x[i], (args.add ? load(grad_x[i]) : 0) + change);
    }
  }
}

template void layer_norm_rows(const LayerNormForward<float>&, int64_t, int64_t);
template void layer_norm_rows(const LayerNormForward<double>&, int64_t, int64_t);
template void layer_norm_rows(const LayerNormForward<Bf16>&, int64_t, int64_t);
template void layer_norm_backward_rows(const LayerNormBackward<float>&, float*, int64_t, int64_t);
template void layer_norm_backward_rows(const LayerNormBackward<double>&, double*, int64_t, int64_t);
template void layer_norm_backward_rows(const LayerNormBackward<Bf16>&, float*, int64_t, int64_t);

}  // namespace laurel
