// Plackett-Luce with ties, cut-off and position weights, without sorting: K^2 comparisons.
#include "loss/plackett_luce.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/exp2.h>
#include <ATen/ops/log1p.h>
#include <ATen/ops/log2.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/where.h>

#include <limits>

#include "loss/list_comparisons.h"

namespace laurel {

// Weight of position p, counted from 0, of lists of `count` (N, 1).
static at::Tensor position_weight(PositionWeighting weighting, const at::Tensor& p,
                                  const at::Tensor& count) {
  if (weighting == PositionWeighting::exponential) return at::exp2(-(p + 1)) - at::exp2(-count);
  return 1 / at::log2(p + 2);
}

at::Tensor PlackettLuce::loss_per_term(const RankedInputs& inputs) const {
  const auto type = inputs.reward.scalar_type();
  const at::Tensor wins = beats(inputs), tied = ties_with(inputs);  // (N, K, K)
  const at::Tensor before = tied.tril(-1).sum(2).to(type);          // (N, K), l
  const at::Tensor group = tied.sum(2).clamp_min(1).to(type);       // d
  const at::Tensor start = wins.sum(1).to(type);                    // positions before it
  at::Tensor rival = inputs.reward.unsqueeze(1);                    // (N, 1, K): r_j
  if (ties == ChoiceTies::efron) {
    rival = rival + at::where(tied, at::log1p(-before / group).unsqueeze(2), 0);
  }
  // What is not ranked competes with everything, so that no row is empty; it does not count.
  const at::Tensor competes = inputs.rank.unsqueeze(2) <= inputs.rank.unsqueeze(1);
  const double minus_infinity = -std::numeric_limits<double>::infinity();
  const at::Tensor choice =
      at::logsumexp(at::where(competes, rival, minus_infinity), 2) - inputs.reward;
  at::Tensor counts = wins.any(2);  // (N, K)
  if (top_k) counts = counts & (start < *top_k);
  at::Tensor weight = counts.to(type);
  if (position_weighting != PositionWeighting::none) {
    const at::Tensor own =
        position_weight(position_weighting, start + before, inputs.present.sum(1, true).to(type));
    const at::Tensor shared = at::where(tied, own.unsqueeze(1), 0).sum(2) / group;
    weight = at::where(counts, shared, 0);
  }
  return mean_of((weight * at::where(counts, choice, 0)).sum(1), weight.sum(1));
}

}  // namespace laurel
