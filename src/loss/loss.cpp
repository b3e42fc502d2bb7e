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

template <class L>
using LabelsOf = typename std::decay_t<L>::LabelType;

}  // namespace

const char* loss_name(const Loss& loss) {
  return std::visit([](const auto& l) { return l.name; }, loss);
}

LabelKind label_kind(const Loss& loss) {
  return std::visit(
      []<class L>(const L&) {
        if (std::is_same_v<LabelsOf<L>, PairwiseLabels>) return LabelKind::pairwise;
        if (std::is_same_v<LabelsOf<L>, RankedLabels>) return LabelKind::ranked;
        return LabelKind::pointwise;
      },
      loss);
}

bool uses_margin(const Loss& loss) {
  return std::visit([](const auto& l) { return requires { l.kUsesMargin; }; }, loss);
}

bool needs_margin(const Loss& loss) {
  return std::visit([](const auto& l) { return requires { l.kNeedsMargin; }; }, loss);
}

bool uses_strength(const Loss& loss) {
  return std::visit(
      [](const auto& l) {
        if constexpr (requires { l.uses_strength(); }) return l.uses_strength();
        return false;
      },
      loss);
}

bool takes_ties(const Loss& loss) {
  return std::visit([](const auto& l) { return requires { l.kTakesTies; }; }, loss);
}

bool takes_soft_targets(const Loss& loss) {
  return std::visit([](const auto& l) { return requires { l.kTakesSoftTargets; }; }, loss);
}

bool has_fixed_scale(const Loss& loss) {
  return std::visit([](const auto& l) { return requires { l.kFixedScale; }; }, loss);
}

int64_t columns_per_attribute(const Loss& loss) {
  return std::visit(
      [](const auto& l) -> int64_t {
        if constexpr (requires { l.kColumns; }) return l.kColumns;
        return 1;
      },
      loss);
}

std::vector<double> initial_loss_parameters(const Loss& loss, int64_t attributes) {
  return std::visit(
      [&](const auto& l) -> std::vector<double> {
        if constexpr (requires { l.initial_loss_parameters(attributes); }) {
          return l.initial_loss_parameters(attributes);
        }
        return {};
      },
      loss);
}

std::optional<std::string> score_problem(const Loss& loss, float score) {
  return std::visit(
      [&](const auto& l) -> std::optional<std::string> {
        if constexpr (requires { l.score_problem(score); }) return l.score_problem(score);
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
      [&](const auto& l) {
        if constexpr (requires { l.prediction(columns); }) return l.prediction(columns);
        return columns.reward;
      },
      loss);
}

at::Tensor predicted_deviation(const Loss& loss, const RewardColumns& columns) {
  return std::visit(
      [&](const auto& l) {
        if constexpr (requires { l.predicted_deviation(columns); }) {
          return l.predicted_deviation(columns);
        }
        return at::Tensor();
      },
      loss);
}

}  // namespace laurel
