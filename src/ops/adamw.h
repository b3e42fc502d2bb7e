// AdamW (Loshchilov and Hutter, 1711.05101), the global gradient norm, and the moving average of
// weights, over flat buffers.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <span>

namespace laurel {

// Elements [begin, end) of flat buffers.
struct UpdateRange {
  int64_t begin, end;
  bool decay;
};

// How bf16 weights follow their fp32 masters. Stochastic: rounded up with a probability equal to
// the part that is cut off, by a hash of seed, update and index.
enum class Rounding { nearest, stochastic };
constexpr auto enum_names(Rounding) { return std::array{"nearest", "stochastic"}; }

struct AdamW {
  double lr = 1e-5, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
  int64_t update = 1;         // number of this update, from 1: bias correction, random bits
  double gradient_scale = 1;  // clip factor, see clip_factor
  Rounding rounding = Rounding::nearest;  // of bf16 weights; the same in all updates of a run
  uint64_t seed = 0;                      // of the random bits
};

// Flat tensors of one size. Weights fp32 or fp64: all of their type. Weights bf16: `low` (int16)
// holds the other half of their fp32 masters, see split_master, and the gradient is fp32. Moments
// of fp32 and bf16 weights may be bf16: the first is rounded to nearest, the second always
// stochastically, because to nearest it could not shrink by beta2 = 0.999.
struct AdamWBuffers {
  at::Tensor weights, gradient, moment1, moment2, low;
};

// Euclidean norm over the ranges of flat buffers, summed in fp64 in an order that depends on the
// ranges only, not on threads.
struct NormPart {
  at::Tensor gradient;
  std::span<const UpdateRange> ranges;
};
double gradient_norm(std::span<const NormPart> parts);
double gradient_norm(std::span<const at::Tensor> gradients);  // over all elements

// min(1, max_norm / (norm + 1e-6)), the factor of torch's clip_grad_norm_.
// 1 when max_norm is 0 (no clipping).
double clip_factor(double norm, double max_norm);

// One pass over the ranges, g = gradient_scale * gradient:
//   m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2
//   w = (1 - lr * weight_decay) w - lr / (1 - beta1^n) * m / (sqrt(v / (1 - beta2^n)) + eps)
// with the decay where the range decays, and the gradient is zero afterwards. w is the master.
void adamw_step(const AdamWBuffers& buffers, std::span<const UpdateRange> ranges,
                const AdamW& options);

// The moving average of masters, flat and of one size: in fp32, or fp64 of fp64 weights.
struct AverageBuffers {
  at::Tensor weights, low, average;
};

// 1 - d of update n, from 1. The average begins with the weights that the first one made: d = 0.
// Then d = min(decay, n / (n + 9)), which with t = n - 1 is the (1 + t) / (10 + t) of TensorFlow's
// ExponentialMovingAverage as diffusers' EMAModel counts: while n / (n + 9) is the smaller one, what
// is averaged lies n / 10 updates back in the mean, later 1 / (1 - decay).
double average_rate(double decay, int64_t update);

// average = average + rate * (w - average) over the ranges, rounded as at::lerp does: at rate 1 it
// is w. w is the master.
void average_step(const AverageBuffers& buffers, std::span<const UpdateRange> ranges, double rate,
                  Rounding rounding = Rounding::nearest);

// fp32 masters as two halves: high (bf16), the compute weight, and low (int16). All flat, one size.
//   nearest:     high = (bits + 0x8000) >> 16, low = bits & 0xffff; bits = (high << 16) + low
//   stochastic:  high = (bits >> 16) + up, low = (bits & 0xfffe) | up; the master loses its last
//                bit. Splitting rounds to nearest; updates draw.
void split_master(const at::Tensor& master, const at::Tensor& high, const at::Tensor& low,
                  Rounding rounding = Rounding::nearest);
void join_master(const at::Tensor& high, const at::Tensor& low, const at::Tensor& master,
                 Rounding rounding = Rounding::nearest);

}  // namespace laurel
