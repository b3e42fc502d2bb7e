// Gathers the rows that labels name, applies the unit loss, and sums by weight.
#include "loss/loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/where.h>
#include <c10/util/Exception.h>

#include <type_traits>

namespace laurel {

namespace {

template <class L>
constexpr bool kPairs = std::is_same_v<typename L::LabelType, PairwiseLabels>;

template <class L>
at::Tensor weighted_sum(const L& loss, const PairwiseLabels& labels, const at::Tensor& rewards) {
  TORCH_INTERNAL_ASSERT(rewards.size(1) == 1, L::name, ": pairs take one reward column");
  const auto type = rewards.scalar_type();
  const at::Tensor reward = rewards.select(1, 0);                   // (R)
  const at::Tensor better = reward.index_select(0, labels.better);  // (P)
  const at::Tensor worse = reward.index_select(0, labels.worse);    // (P)
  const at::Tensor unit =
      loss.unit_loss(better, worse, labels.target.to(type), labels.margin.to(type));
  return (labels.weight.to(type) * unit).sum();
}

template <class L>
at::Tensor weighted_sum(const L& loss, const PointwiseLabels& labels, const at::Tensor& rewards) {
  TORCH_INTERNAL_ASSERT(rewards.size(1) == labels.score.size(1), L::name,
                        ": as many reward columns as attributes");
  const auto type = rewards.scalar_type();
  const at::Tensor reward = rewards.index_select(0, labels.rows);  // (N, A)
  const at::Tensor weight = labels.weight.to(type);
  // A cell that nobody judged is compared with itself, because 0 x infinity and 0 x NaN are not 0.
  const at::Tensor score = at::where(weight == 0, reward.detach(), labels.score.to(type));
  return (weight * loss.unit_loss(reward, score)).sum();
}

}  // namespace

const char* loss_name(const Loss& loss) {
  return std::visit([](const auto& l) { return l.name; }, loss);
}

bool takes_pairs(const Loss& loss) {
  return std::visit([](const auto& l) { return kPairs<std::decay_t<decltype(l)>>; }, loss);
}

bool uses_margin(const Loss& loss) {
  return std::visit([](const auto& l) { return l.kUsesMargin; }, loss);
}

at::Tensor objective(const Loss& loss, const Labels& labels, const at::Tensor& rewards) {
  TORCH_INTERNAL_ASSERT(rewards.dim() == 2, "rewards are (R, C)");
  return std::visit(
      [&](const auto& l) {
        const auto* judged = std::get_if<typename std::decay_t<decltype(l)>::LabelType>(&labels);
        TORCH_INTERNAL_ASSERT(judged != nullptr, l.name, ": labels of the other kind");
        return weighted_sum(l, *judged, rewards);
      },
      loss);
}

}  // namespace laurel
