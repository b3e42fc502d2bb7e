// Loops of AdamW and of the gradient norm, cloned per instruction set.
#include "ops/cpu/adamw.h"

#include <cmath>

#include "ops/cpu/clones.h"

namespace laurel {

template <class T>
LAUREL_CLONES void adamw_elements(const AdamWFactors<T>& factors, const AdamWSlice<T>& slice,
                                  int64_t n) {
  T* __restrict weight = slice.weight;
  T* __restrict gradient = slice.gradient;
  T* __restrict moment1 = slice.moment1;
  T* __restrict moment2 = slice.moment2;
  const AdamWFactors<T> f = factors;
  for (int64_t i = 0; i < n; ++i) {
    const T g = gradient[i] * f.gradient_scale;
    const T m = f.beta1 * moment1[i] + (1 - f.beta1) * g;
    const T v = f.beta2 * moment2[i] + (1 - f.beta2) * g * g;
    weight[i] = f.keep * weight[i] - f.step * m / (std::sqrt(v) * f.inverse_root2 + f.eps);
    moment1[i] = m;
    moment2[i] = v;
    gradient[i] = 0;
  }
}

template <class T>
LAUREL_CLONES double squared_sum(const T* values, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += static_cast<double>(values[i]) * values[i];
  return sum;
}

template void adamw_elements<float>(const AdamWFactors<float>&, const AdamWSlice<float>&, int64_t);
template void adamw_elements<double>(const AdamWFactors<double>&, const AdamWSlice<double>&,
                                     int64_t);
template double squared_sum<float>(const float*, int64_t);
template double squared_sum<double>(const double*, int64_t);

}  // namespace laurel
