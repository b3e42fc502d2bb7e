// Kernels of AdamW, of averages and of the gradient norm over neighbouring elements.
#pragma once

#include <cstdint>

#include "ops/cpu/bf16.h"

namespace laurel {

// The constants of one update, see adamw_step.
template <class T>
struct AdamWFactors {
  T gradient_scale, beta1, beta2, eps;
  T decay_factor;   // 1 - lr * weight_decay, or 1
  T step;           // lr / (1 - beta1^n)
  T inverse_root2;  // 1 / sqrt(1 - beta2^n)
  uint32_t key;     // of this update's random bits
};

// Weights W, with the low halves of their masters where W is bf16; moments M. Whole buffers.
template <class W, class M>
struct AdamWPointers {
  W* weight;
  int16_t* low;  // of bf16 weights
  Compute<W>* gradient;
  M *moment1, *moment2;
  bool stochastic;  // see split_master
};

template <class W, class M>
void adamw_elements(const AdamWFactors<Compute<W>>& factors, const AdamWPointers<W, M>& pointers,
                    int64_t begin, int64_t end);

// As AdamWPointers.
template <class W>
struct AveragePointers {
  const W* weight;
  const int16_t* low;
  Compute<W>* average;
  bool stochastic;
};

template <class W>
void average_elements(Compute<W> rate, const AveragePointers<W>& pointers, int64_t begin,
                      int64_t end);

void split_elements(const float* master, bool stochastic, Bf16* high, int16_t* low, int64_t n);
void join_elements(const Bf16* high, const int16_t* low, bool stochastic, float* master, int64_t n);

template <class T>
double squared_sum(const T* values, int64_t n);

}  // namespace laurel
