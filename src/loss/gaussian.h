// The Gaussian loss of a rating: the model states mean and variance, and pays for both.
//
//   v = log-variance: the second column x, kept between -10 and 10:
//       v = L + softplus(u - L),  u = H - softplus(H - x),  L = -10, H = 10
//   term = ((r - s)^2 e^-v + v) / 2 x [e^(beta v)]
//
// Without the constant log(2 pi) / 2, as torch.nn.GaussianNLLLoss. Nix and Weigend 1994 (doi
// 10.1109/ICNN.1994.374138); the soft bounds are those of arXiv 1805.12114, A.1: v differs from x
// by less than 1e-3 up to |x| = 3, and unlike a hard clamp they let a gradient through. The factor
// in brackets is not differentiated: beta-NLL of arXiv 2203.09168.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/softplus.h>

#include "core/options.h"
#include "loss/regularizer.h"
#include "loss/reward_columns.h"
#include "loss/traits.h"

namespace laurel {

struct Gaussian {
  static constexpr const char* name = "gaussian";
  static constexpr PointwiseTraits traits{.columns_per_attribute = 2};
  static constexpr double kLowest = -10, kHighest = 10;

  double beta = 0;
  RatingRegularizer regularizer;

  void fields(auto& visit) {
    visit("beta", beta,
          "Multiply a rating's loss by its stated variance to this power, so that ratings that "
          "are hard to predict still teach the mean; 0: the likelihood, 1: the mean learns as "
          "from squared_error.",
          Range{.min = 0, .max = 1});
    visit.flatten(regularizer);
  }

  static at::Tensor bounded_log_variance(const at::Tensor& log_variance) {
    const at::Tensor below = kHighest - at::softplus(kHighest - log_variance);
    return kLowest + at::softplus(below - kLowest);
  }

  // Returns (N, A).
  at::Tensor loss_per_term(const PointwiseInputs& inputs) const {
    const at::Tensor v = bounded_log_variance(inputs.log_variance);
    const at::Tensor error = (inputs.reward - inputs.score).square();
    const at::Tensor loss = (error * at::exp(-v) + v) / 2;
    return beta > 0 ? at::exp(beta * v.detach()) * loss : loss;
  }

  at::Tensor predicted_deviation(const RewardColumns& columns) const {
    return at::exp(bounded_log_variance(columns.log_variance) / 2);
  }
};

}  // namespace laurel
