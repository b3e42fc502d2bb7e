// The lambda loss of a list: Bradley-Terry terms, weighted by what a pair's order does to NDCG.
//
//   term = mean over pairs s_i > s_j of  w_ij log(1 + e^(-sigma (r_i - r_j)))
//
//   lambda_rank  w = |G_i - G_j| |1/D(p_i) - 1/D(p_j)|
//   ndcg2        w = |G_i - G_j| |1/D(q) - 1/D(q + 1)|,  q = |p_i - p_j|
//   ndcg2pp      w = mu w_ndcg2 + w_lambda_rank
//
// p: position from 1 by the present rewards, D(p) = log2(1 + p), G: gain / ideal DCG, where the
// gain of a score is 2^s - 1 or s. Logarithm of the loss: natural. No gradient flows through w.
// With top_k the pairs are those with a response among the first k positions, and the ideal DCG is
// that of k. Wang et al. 2018 (doi 10.1145/3269206.3271784).
//
// Equal rewards: the response of the lower score stands before the other, so that a head that
// starts at zero is taught; equal in both, they share their positions' mean.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "core/options.h"
#include "loss/regularizer.h"
#include "loss/traits.h"

namespace laurel {

enum class PairWeighting { ndcg2pp, ndcg2, lambda_rank };
constexpr auto enum_names(PairWeighting) { return std::array{"ndcg2pp", "ndcg2", "lambda_rank"}; }

enum class Gain { exponential, linear };
constexpr auto enum_names(Gain) { return std::array{"exponential", "linear"}; }

struct Lambda {
  static constexpr const char* name = "lambda";
  static constexpr RankedTraits traits{.score_problem = true};

  PairWeighting weighting = PairWeighting::ndcg2pp;
  double mu = 10;
  Gain gain = Gain::exponential;
  double sigma = 1;
  std::optional<int64_t> top_k;
  ComparisonRegularizer regularizer;

  void fields(auto& visit) {
    visit("weighting", weighting, "What a pair's order is worth.");
    visit("mu", mu, "Part of ndcg2 in ndcg2pp.", Range{.min = 0});
    visit("gain", gain, "Worth of a score s in DCG: exponential: 2^s - 1; linear: s.");
    visit("sigma", sigma, "Steepness of a pair's loss.", Above{.min = 0});
    visit("top_k", top_k, "Only pairs with a response among the first k positions count.",
          Range{.min = 1}, WhenNull{"all"});
    visit.flatten(regularizer);
  }

  std::optional<std::string> score_problem(float score) const {
    if (score >= 0) return std::nullopt;
    return "expected a number that is at least 0";
  }

  // Returns (N).
  at::Tensor loss_per_term(const RankedInputs& inputs) const;

 private:
  at::Tensor gains(const RankedInputs& inputs) const;
  at::Tensor pair_weights(const at::Tensor& gains, const at::Tensor& position) const;
};

}  // namespace laurel
