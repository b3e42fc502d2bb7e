// Gathers the rewards that labels refer to, applies the loss per term, and sums by weight.
#include "loss/loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/where.h>
#include <c10/util/Exception.h>

#include <type_traits>

namespace laurel {

namespace {

// Value and gradient where `keep`, exact zeros elsewhere: 0 x infinity and 0 x NaN are not 0.
at::Tensor masked(const at::Tensor& keep, const at::Tensor& value) {
  return at::where(keep, value, 0);
}

PointwiseInputs inputs_of(const PointwiseLabels& labels, const RewardColumns& columns) {
  TORCH_INTERNAL_ASSERT(columns.reward.size(1) == labels.score.size(1),
                        "as many reward columns as attributes");
  const at::Tensor labelled = labels.weight != 0;  // (N, A)
  const auto gather = [&](const at::Tensor& column) {
    return masked(labelled, column.index_select(0, labels.positions));
  };
  return {
      .reward = gather(columns.reward),
      .score = masked(labelled, labels.score.to(columns.reward.scalar_type())),
      .log_variance = columns.log_variance.defined() ? gather(columns.log_variance) : at::Tensor(),
      .loss_parameters = columns.loss_parameters};
}

PairwiseInputs inputs_of(const PairwiseLabels& labels, const RewardColumns& columns) {
  TORCH_INTERNAL_ASSERT(columns.reward.size(1) == 1, "pairs take one reward column");
  const at::Tensor reward = columns.reward.select(1, 0);  // (P)
  const at::Tensor labelled = labels.weight != 0;         // (N)
  const auto label = [&](const at::Tensor& value) {
    return masked(labelled, value.to(reward.scalar_type()));
  };
  return {.better = masked(labelled, reward.index_select(0, labels.better)),
          .worse = masked(labelled, reward.index_select(0, labels.worse)),
          .margin = label(labels.margin),
          .strength = label(labels.strength),
          .target = label(labels.target),
          .tie = label(labels.tie),
          .loss_parameters = columns.loss_parameters};
}

RankedInputs inputs_of(const RankedLabels& labels, const RewardColumns& columns) {
  TORCH_INTERNAL_ASSERT(columns.reward.size(1) == 1, "lists take one reward column");
  const at::Tensor reward = columns.reward.select(1, 0);  // (P)
  const at::Tensor present = (labels.rank > 0) & (labels.weight != 0).unsqueeze(1);
  const at::Tensor rewards =
      reward.index_select(0, labels.positions.flatten()).view_as(labels.positions);
  return {.reward = masked(present, rewards),
          .rank = at::where(present, labels.rank, -1),
          .present = present,
          .score = masked(present, labels.score.to(reward.scalar_type()))};
}

// The alternatives of Labels are in the order of LabelKind.
template <class L>
using LabelsOf = std::variant_alternative_t<static_cast<size_t>(L::traits.labels), Labels>;

template <class L>
constexpr LossTraits traits_of() {
  LossTraits all{.name = L::name, .labels = L::traits.labels};
  if constexpr (L::traits.labels == LabelKind::pointwise) all.pointwise = L::traits;
  if constexpr (L::traits.labels == LabelKind::pairwise) all.pair = L::traits;
  if constexpr (L::traits.labels == LabelKind::ranked) all.ranked = L::traits;
  return all;
}

}  // namespace

LossTraits traits(const Loss& loss) {
  return std::visit(
      []<class L>(const L& l) {
        LossTraits all = traits_of<L>();
        if constexpr (traits_of<L>().pair.uses_strength) all.pair.uses_strength = l.uses_strength();
        return all;
      },
      loss);
}

std::vector<double> initial_loss_parameters(const Loss& loss, int64_t attributes) {
  return std::visit(
      [&]<class L>(const L& l) -> std::vector<double> {
        constexpr LossTraits own = traits_of<L>();
        if constexpr (own.pointwise.initial_loss_parameters || own.pair.initial_loss_parameters) {
          return l.initial_loss_parameters(attributes);
        }
        return {};
      },
      loss);
}

std::optional<std::string> score_problem(const Loss& loss, float score) {
  return std::visit(
      [&]<class L>(const L& l) -> std::optional<std::string> {
        constexpr LossTraits own = traits_of<L>();
        if constexpr (own.pointwise.score_problem || own.ranked.score_problem) {
          return l.score_problem(score);
        }
        return std::nullopt;
      },
      loss);
}

at::Tensor objective(const Loss& loss, const Labels& labels, const RewardColumns& columns) {
  TORCH_INTERNAL_ASSERT(columns.reward.dim() == 2, "rewards are (P, A)");
  return std::visit(
      [&]<class L>(const L& l) {
        const auto* labelled = std::get_if<LabelsOf<L>>(&labels);
        TORCH_INTERNAL_ASSERT(labelled != nullptr, l.name, ": labels of another kind");
        const auto inputs = inputs_of(*labelled, columns);
        const at::Tensor loss_per_term = l.regularizer.add_to(l.loss_per_term(inputs), inputs);
        return (labelled->weight.to(columns.reward.scalar_type()) * loss_per_term).sum();
      },
      loss);
}

at::Tensor prediction(const Loss& loss, const RewardColumns& columns) {
  return std::visit(
      [&]<class L>(const L& l) {
        if constexpr (traits_of<L>().pointwise.prediction) return l.prediction(columns);
        return columns.reward;
      },
      loss);
}

at::Tensor predicted_deviation(const Loss& loss, const RewardColumns& columns) {
  return std::visit(
      [&]<class L>(const L& l) {
        if constexpr (traits_of<L>().pointwise.columns_per_attribute == 2) {
          return l.predicted_deviation(columns);
        }
        return at::Tensor();
      },
      loss);
}

}  // namespace laurel
