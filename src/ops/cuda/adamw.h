// AdamW (1711.05101) and the moving average on CUDA without the host: norm, decision and update read
// device memory only.
#pragma once

#include "ops/cuda/types.h"

namespace laurel {

// In device memory. All zero when a run begins; of a resumed one updates and skipped go on.
struct CudaUpdate {
  double squares;        // sum over the gradients of the coming update; all ranks' once reduced
  double norm;           // of the last decision, before clipping
  int64_t updates;       // made so far: bias correction
  int64_t skipped;       // not made, because the gradient was not finite
  int32_t skip;          // 1: the coming pass leaves weights and moments as they are
  int32_t stopped;       // 1: over the budget of skips, and skip stays 1
  float gradient_scale;  // clip factor
  float correction1;     // 1 / (1 - beta1^n)
  float correction2;     // 1 / sqrt(1 - beta2^n)
  uint32_t key;          // of the coming update's random bits
  float average_rate;    // of the coming update, as average_rate of ops/adamw.h
};

// update->squares += sum of squares of `size` elements, in fp64 and in an order that depends on the
// size only. partial is scratch of cuda_norm_blocks(size).
void cuda_squared_norm(const float* gradient, int64_t size, double* partial, CudaUpdate* update,
                       CudaStream stream);
int64_t cuda_norm_blocks(int64_t size);

// Reads and zeroes squares; fills the rest for the coming pass. A gradient that is not finite is
// skipped; one that makes more than max_skipped of a run stops all later updates. A run that goes
// on may have skipped more already: it stops at the next one.
struct CudaDecision {
  double beta1, beta2;
  double max_norm;  // 0: no clipping
  int64_t max_skipped;
  uint64_t seed;         // of the random bits
  double average_decay;  // of a moving average, if there is one
};
void cuda_decide_update(const CudaDecision& decision, CudaUpdate* update, CudaStream stream);

// One range of neighbouring elements, g = gradient_scale * gradient:
//   m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2
//   w = (1 - lr * weight_decay) w - lr * correction1 * m / (sqrt(v) * correction2 + eps)
// and the gradient is zero afterwards, also where the update is skipped. Weights are fp32, or split
// in two halves as split_master of ops/adamw.h says. Random bits, bf16 moments and everything else
// are those of the CPU's adamw_step.
struct CudaAdamW {
  CudaType moments;
  int64_t first, size;  // of the range in its flat buffer; the pointers are to element `first`
  float* weight;        // fp32, or null
  uint16_t* high;       // split, or null
  int16_t* low;
  bool stochastic;  // how the halves are rounded
  float* gradient;
  void *moment1, *moment2;
  const CudaUpdate* update;
  float lr, beta1, beta2, eps, weight_decay;
};
void cuda_adamw(const CudaAdamW& args, CudaStream stream);

// One range of neighbouring elements, after their update: average_step of ops/adamw.h, at the
// update's own rate; nothing where it was skipped. Weights as above; they are only read.
struct CudaAverage {
  int64_t size;
  float* weight;   // fp32, or null
  uint16_t* high;  // split, or null
  int16_t* low;
  bool stochastic;
  float* average;
  const CudaUpdate* update;
};
void cuda_average(const CudaAverage& args, CudaStream stream);

}  // namespace laurel
