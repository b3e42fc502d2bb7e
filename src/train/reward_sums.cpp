// Sums of rewards, of their squares and of pairs that agree; smallest and largest of each column.
#include "train/reward_sums.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/amax.h>
#include <ATen/ops/amin.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace laurel {

namespace {

constexpr int64_t kSums = 5;
// Equal texts in another place of a batch differ in their last bits.
constexpr double kRounding = 1e-6;

// (5), of rewards that count where `counts` is 1: same shape, fp64.
at::Tensor sums_of(const at::Tensor& rewards, const at::Tensor& counts) {
  const at::Tensor counted = rewards * counts;
  const at::Tensor none = at::zeros({}, rewards.options());
  return at::stack({counts.sum(), counted.sum(), (counted * rewards).sum(), none, none});
}

at::Tensor sums_of(const PointwiseLabels& labels, const RewardColumns& columns) {
  const at::Tensor rewards = columns.reward.detach().to(at::kDouble);
  return sums_of(rewards.index_select(0, labels.positions), (labels.weight > 0).to(at::kDouble));
}

at::Tensor sums_of(const RankedLabels& labels, const RewardColumns& columns) {
  const at::Tensor rewards = columns.reward.detach().to(at::kDouble).select(1, 0);
  const at::Tensor ranked = (labels.rank >= 0).to(at::kDouble);
  const at::Tensor weighed = (labels.weight > 0).to(at::kDouble).unsqueeze(1);
  return sums_of(rewards.index_select(0, labels.positions.flatten()).view_as(ranked),
                 ranked * weighed);
}

// A pair is won by the response that is better with the larger probability, ties shared.
at::Tensor sums_of(const PairwiseLabels& labels, const RewardColumns& columns) {
  const at::Tensor rewards = columns.reward.detach().to(at::kDouble).select(1, 0);
  const at::Tensor better = rewards.index_select(0, labels.better);
  const at::Tensor worse = rewards.index_select(0, labels.worse);
  const at::Tensor weighed = (labels.weight > 0).to(at::kDouble);
  const at::Tensor lead = (labels.target + labels.tie / 2 - 0.5).to(at::kDouble).sign();
  const at::Tensor won = lead.abs() * weighed;
  const at::Tensor agrees = ((better - worse).sign() * lead + 1) / 2;  // 1, 1/2 or 0
  at::Tensor sums = sums_of(at::stack({better, worse}), at::stack({weighed, weighed}));
  sums.select(0, 3).copy_(won.sum());
  sums.select(0, 4).copy_((agrees * won).sum());
  return sums;
}

}  // namespace

RewardSums zero_reward_sums(int64_t sources, int64_t columns, const at::TensorOptions& options) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const at::TensorOptions there = options.dtype(at::kDouble);
  return {at::zeros({sources, kSums}, there), at::full({columns}, kInfinity, there),
          at::full({columns}, -kInfinity, there)};
}

void add_range(const at::Tensor& rewards, RewardSums& sums) {
  const at::Tensor values = rewards.detach().to(at::kDouble);
  sums.lowest = at::minimum(sums.lowest, at::amin(values, 0));
  sums.highest = at::maximum(sums.highest, at::amax(values, 0));
}

void add_labelled(const Labels& labels, SourceId source, const RewardColumns& columns,
                  RewardSums& sums) {
  std::visit(
      [&](const auto& kind) { sums.by_source.select(0, source).add_(sums_of(kind, columns)); },
      labels);
}

at::Tensor flat(const RewardSums& sums) {
  return at::cat({sums.by_source.flatten(), sums.lowest, sums.highest});
}

std::vector<RewardSummary> summaries(std::span<const double> values, int64_t sources) {
  std::vector<RewardSummary> of;
  for (int64_t source = 0; source < sources; ++source) {
    const double* const sum = values.data() + source * kSums;
    RewardSummary& one = of.emplace_back();
    one.rewards = static_cast<int64_t>(sum[0]);
    one.pairs = sum[3];
    one.right = sum[4];
    if (one.rewards == 0) continue;
    one.mean = sum[1] / sum[0];
    one.deviation = std::sqrt(std::max(0.0, sum[2] / sum[0] - one.mean * one.mean));
  }
  return of;
}

bool all_equal(std::span<const double> values, int64_t sources, int64_t positions) {
  const std::span<const double> range = values.subspan(static_cast<size_t>(sources * kSums));
  const size_t columns = range.size() / 2;
  if (positions < 2) return false;
  for (size_t column = 0; column < columns; ++column) {
    const double low = range[column], high = range[column + columns];
    const double size = std::max(std::abs(low), std::abs(high));
    if (!(high - low <= kRounding * size)) return false;  // nan and infinity too
  }
  return true;
}

}  // namespace laurel
