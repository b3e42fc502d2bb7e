// The focal loss of a pair: the Bradley-Terry loss, faded out where the label is already met.
//
//   z = r_better - r_worse - margin,  p = sigmoid(z),  q = target + tie / 2
//   term = -q f(1 - p)^gamma log p - (1 - q) f(p)^gamma log(1 - p)
//
// f(x) = min(1, 2 x): pairs in the wrong order keep their full loss (InternLM2, arXiv 2403.17297,
// section 4.2.1, which writes 1 - 2 max(0, p - 1/2)); with `fade` all, f(x) = x (arXiv 1708.02002).
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/log_sigmoid.h>

#include <array>
#include <cmath>

#include "core/options.h"
#include "loss/regularizer.h"
#include "loss/traits.h"

namespace laurel {

enum class Fade { won, all };
constexpr auto enum_names(Fade) { return std::array{"won", "all"}; }

struct Focal {
  static constexpr const char* name = "focal";
  static constexpr PairTraits traits{
      .uses_margin = true, .takes_ties = true, .takes_soft_targets = true};

  double gamma = 2;
  Fade fade = Fade::won;
  ComparisonRegularizer regularizer;

  void fields(auto& visit) {
    visit("gamma", gamma, "How fast a pair's loss fades; 0: bradley_terry.",
          Range{.min = 0, .max = 100});
    visit("fade", fade,
          "won: only what is better than even fades (InternLM2); all: everything does (the form "
          "of object detection).");
    visit.flatten(regularizer);
  }

  // Returns (N).
  at::Tensor loss_per_term(const PairwiseInputs& inputs) const {
    const at::Tensor z = inputs.better - inputs.worse - inputs.margin;
    const at::Tensor q = inputs.target + inputs.tie / 2;
    const at::Tensor win = at::log_sigmoid(z);
    const at::Tensor loss = at::log_sigmoid(-z);
    return -q * faded(loss) * win - (1 - q) * faded(win) * loss;
  }

 private:
  // f(x)^gamma from log x.
  at::Tensor faded(const at::Tensor& log_x) const {
    const bool won = fade == Fade::won;
    return at::exp(gamma * (won ? (log_x + std::log(2.0)).clamp_max(0) : log_x));
  }
};

}  // namespace laurel
