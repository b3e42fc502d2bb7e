// Lambda loss: pairs weighted by the change of NDCG.
#include "loss/lambda.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/amax.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/exp2.h>
#include <ATen/ops/log2.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/where.h>

#include "loss/list_comparisons.h"

namespace laurel {

static at::Tensor discount(const at::Tensor& position) { return 1 / at::log2(1 + position); }

// Positions from 1 by reward, (N, K).
static at::Tensor positions(const RankedInputs& inputs) {
  const at::Tensor reward = inputs.reward.detach();
  const auto of_i = [](const at::Tensor& x) { return x.unsqueeze(2); };
  const auto of_j = [](const at::Tensor& x) { return x.unsqueeze(1); };
  const at::Tensor equal = of_j(reward) == of_i(reward);
  const at::Tensor before =
      (of_j(reward) > of_i(reward)) | (equal & (of_j(inputs.score) < of_i(inputs.score)));
  const at::Tensor shared = equal & (of_j(inputs.score) == of_i(inputs.score));
  const auto type = reward.scalar_type();
  const auto count = [&](const at::Tensor& mask) {
    return (mask & of_j(inputs.present)).sum(2).to(type);
  };
  return count(before) + (count(shared) + 1) / 2;
}

// Gains / ideal DCG, (N, K). The exponential gain is taken relative to 2^(the list's largest
// score), which cancels: scores of any size stay finite.
at::Tensor Lambda::gains(const RankedInputs& inputs) const {
  at::Tensor gain = inputs.score.clamp_min(0);
  if (gain.size(1) == 0) return gain;
  if (this->gain == Gain::exponential) {
    const at::Tensor largest = at::amax(gain, 1, true);
    gain = at::exp2(gain - largest) - at::exp2(-largest);
  }
  gain = at::where(inputs.present, gain, 0);
  at::Tensor ideal = std::get<0>(at::sort(gain, 1, true));
  if (top_k) ideal = ideal.narrow(1, 0, std::min(*top_k, ideal.size(1)));
  const at::Tensor position = at::arange(1, ideal.size(1) + 1, gain.options());
  const at::Tensor best = (ideal * discount(position)).sum(1, true);
  return gain / at::where(best == 0, 1, best);
}

at::Tensor Lambda::pair_weights(const at::Tensor& gains, const at::Tensor& position) const {
  const at::Tensor change = (gains.unsqueeze(2) - gains.unsqueeze(1)).abs();
  const at::Tensor places = discount(position);
  const at::Tensor moved = (places.unsqueeze(2) - places.unsqueeze(1)).abs();
  if (weighting == PairWeighting::lambda_rank) return change * moved;
  // Pairs that count are at least one position apart.
  const at::Tensor apart = (position.unsqueeze(2) - position.unsqueeze(1)).abs().clamp_min(1);
  const at::Tensor swapped = discount(apart) - discount(apart + 1);
  if (weighting == PairWeighting::ndcg2) return change * swapped;
  return change * (mu * swapped + moved);
}

at::Tensor Lambda::loss_per_term(const RankedInputs& inputs) const {
  const auto type = inputs.reward.scalar_type();
  const at::Tensor position = positions(inputs);
  const at::Tensor both = inputs.present.unsqueeze(2) & inputs.present.unsqueeze(1);
  at::Tensor counts = (inputs.score.unsqueeze(2) > inputs.score.unsqueeze(1)) & both;
  if (top_k) {
    const at::Tensor in_top = position <= *top_k;
    counts = counts & (in_top.unsqueeze(2) | in_top.unsqueeze(1));
  }
  const at::Tensor pair = -at::log_sigmoid(sigma * reward_differences(inputs, counts));
  const at::Tensor weight = at::where(counts, pair_weights(gains(inputs), position), 0);
  return mean_of((weight * pair).sum({1, 2}), counts.sum({1, 2}).to(type));
}

}  // namespace laurel
