// Kernels of AdamW and of the gradient norm over n neighbouring elements.
#pragma once

#include <cstdint>

namespace laurel {

// The constants of one update, see adamw_step.
template <class T>
struct AdamWFactors {
  T gradient_scale, beta1, beta2, eps;
  T keep;           // 1 - lr * weight_decay, or 1
  T step;           // lr / (1 - beta1^n)
  T inverse_root2;  // 1 / sqrt(1 - beta2^n)
};

template <class T>
struct AdamWSlice {
  T *weight, *gradient, *moment1, *moment2;
};

template <class T>
void adamw_elements(const AdamWFactors<T>& factors, const AdamWSlice<T>& slice, int64_t n);

template <class T>
double squared_sum(const T* values, int64_t n);

}  // namespace laurel
