// Scores a split, turns rewards into what labels are compared with, and summarises.
#include "eval/evaluate.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/str.h"
#include "data/batches/pack.h"
#include "data/prompt_group.h"
#include "data/sources/row_file.h"
#include "eval/best_of_n.h"
#include "eval/covariate_sets.h"
#include "eval/metric_sets.h"
#include "eval/outcomes.h"
#include "eval/slices.h"
#include "eval/summarise.h"

namespace laurel {

namespace {

constexpr size_t kGroupsPerRound = 1024;  // packed together: bounds the memory of token tensors

// Where the rewards of a group go, by its number in the round.
using RewardsOfRound = std::vector<std::vector<double>*>;

void score_batch(const RewardFunction& reward_function, const Batch& batch,
                 const RewardsOfRound& rewards) {
  const at::Tensor found = reward_function(batch.tokens).to(at::kCPU, at::kDouble).contiguous();
  TORCH_INTERNAL_ASSERT(found.dim() == 2, "rewards are (P, C)");
  TORCH_INTERNAL_ASSERT(found.size(0) == static_cast<int64_t>(batch.origins.size()));
  const double* data = found.const_data_ptr<double>();
  // The positions of a group come in the order of its responses and their positions.
  for (const PositionOrigin& origin : batch.origins) {
    auto& of_group = *rewards.at(origin.group);
    of_group.insert(of_group.end(), data, data + found.size(1));
    data += found.size(1);
  }
}

void check_finite(const Split& split, const std::vector<std::vector<double>>& rewards) {
  for (size_t i = 0; i < rewards.size(); ++i) {
    for (const double reward : rewards[i]) {
      if (std::isfinite(reward)) continue;
      throw Error{ErrorKind::non_finite,
                  str(split.where(split.groups.id(i)), ": found reward ", reward,
                      ", expected a finite number; the model's weights or the row's numbers are "
                      "out of range")};
    }
  }
}

std::vector<double> to_vector(const at::Tensor& values) {
  const at::Tensor flat = values.to(at::kDouble).contiguous();
  return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

// A tensor (A) of one number of each attribute's scaling.
at::Tensor scaling_column(const EvaluationTask& task, int64_t attributes, double Scaling::*field) {
  if (task.scaling.empty()) return at::tensor(Scaling{}.*field, at::kDouble);
  TORCH_INTERNAL_ASSERT(static_cast<int64_t>(task.scaling.size()) == attributes);
  std::vector<double> column;
  for (const Scaling& scaling : task.scaling) column.push_back(scaling.*field);
  return at::tensor(column, at::kDouble);
}

Predictions predictions_of(const EvaluationTask& task,
                           const std::vector<std::vector<double>>& rewards) {
  Predictions all;
  all.attributes = std::max<int64_t>(1, static_cast<int64_t>(task.attributes.size()));
  std::vector<double> values;
  int64_t rows = 0;
  for (size_t i = 0; i < rewards.size(); ++i) {
    all.first_position.push_back(rows);
    rows += task.split.groups.entry(i).positions;
    values.insert(values.end(), rewards[i].begin(), rewards[i].end());
  }
  if (rows == 0) return all;
  const at::Tensor columns = at::tensor(values, at::kDouble).view({rows, -1});  // (P, C)
  const auto combined = static_cast<int64_t>(task.reward_weights.size());
  TORCH_INTERNAL_ASSERT(combined <= columns.size(1), "more reward weights than columns");
  all.combined = to_vector(
      (columns.narrow(1, 0, combined) * at::tensor(task.reward_weights, at::kDouble)).sum(1));

  std::vector<int64_t> own = task.columns;
  if (own.empty()) {
    own.resize(all.attributes);
    std::iota(own.begin(), own.end(), 0);
  }
  const at::Tensor reward = columns.index_select(1, at::tensor(own, at::kLong));  // (P, A)
  const at::Tensor predicted = task.predict ? task.predict(columns) : reward;
  TORCH_INTERNAL_ASSERT(predicted.sizes() == reward.sizes(), "predictions are (P, A)");
  const at::Tensor mean = scaling_column(task, all.attributes, &Scaling::mean);
  const at::Tensor unit = scaling_column(task, all.attributes, &Scaling::deviation);
  all.reward = to_vector(reward);
  all.prediction = to_vector(predicted.to(at::kDouble) * unit + mean);
  if (task.deviation) all.deviation = to_vector(task.deviation(columns).to(at::kDouble) * unit);
  return all;
}

void add_coverage(const Split& split, const SplitOutcomes& all, Evaluation& evaluation) {
  evaluation.reasons = drop_reasons(split, all);
  for (const auto& [reason, n] : evaluation.reasons) evaluation.dropped += n;
  evaluation.n = split.report.rows - evaluation.dropped;
  evaluation.unlabelled = all.unlabelled_cells;
}

}  // namespace

std::map<std::string, int64_t> drop_reasons(const Split& split, const SplitOutcomes& all) {
  std::map<std::string, int64_t> reasons = split.report.dropped;
  const auto count = [&](const char* reason, int64_t n) {
    if (n > 0) reasons[reason] += n;
  };
  count("malformed", split.report.bad);
  count("weight_0", all.unlabelled_groups);
  count("all_tied", all.tied_groups);
  return reasons;
}

// Of groups that are there, or are read a round at a time.
template <class Several>
static std::vector<std::vector<double>> score(const RewardFunction& reward_function,
                                              const Several& groups, const Pooling& pooling,
                                              const PackOptions& packing) {
  std::vector<std::vector<double>> rewards(groups.size());
  std::vector<int64_t> tokens;
  std::vector<size_t> order(groups.size());
  std::iota(order.begin(), order.end(), size_t{0});
  for (const Group& group : groups) tokens.push_back(computed_tokens(group, pooling));
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](size_t i) { return tokens[i]; });
  for (size_t begin = 0; begin < order.size(); begin += kGroupsPerRound) {
    const size_t count = std::min(kGroupsPerRound, order.size() - begin);
    std::vector<Group> round;
    for (const size_t i : std::span(order).subspan(begin, count)) round.push_back(groups[i]);
    RewardsOfRound of_round;
    std::vector<const Group*> pointers;
    for (size_t i = 0; i < count; ++i) {
      pointers.push_back(&round[i]);
      round[i].id = i;  // groups of one row share theirs
      of_round.push_back(&rewards[order[begin + i]]);
    }
    for (const Batch& batch : pack(pointers, pooling, packing)) {
      score_batch(reward_function, batch, of_round);
    }
  }
  return rewards;
}

std::vector<std::vector<double>> score_groups(const RewardFunction& reward_function,
                                              std::span<const Group> groups, const Pooling& pooling,
                                              const PackOptions& packing) {
  return score(reward_function, groups, pooling, packing);
}

static Predictions predict(const RewardFunction& reward_function, const EvaluationTask& task) {
  const auto rewards = score(reward_function, task.split.groups, task.pooling, task.packing);
  check_finite(task.split, rewards);
  return predictions_of(task, rewards);
}

static SplitOutcomes all_outcomes(const EvaluationTask& task, const Predictions& predictions) {
  std::vector<int64_t> every(task.split.groups.size());
  std::iota(every.begin(), every.end(), 0);
  return collect_outcomes(task.split, predictions, every);
}

SplitOutcomes outcomes_of(const RewardFunction& reward_function, const EvaluationTask& task) {
  return all_outcomes(task, predict(reward_function, task));
}

Evaluation evaluate(const RewardFunction& reward_function, const EvaluationTask& task) {
  const Predictions predictions = predict(reward_function, task);
  const SplitOutcomes all = all_outcomes(task, predictions);
  if (task.observe) task.observe(all);
  const SetOptions options{task.attributes, task.reduction, are_labels(all.cells), task.calibration,
                           task.split.covariates};
  Evaluation evaluation;
  evaluation.source = task.source;
  add_coverage(task.split, all, evaluation);
  const std::vector<double>& values =
      all.cells.size() > 0 ? predictions.reward : predictions.combined;
  if (!values.empty()) evaluation.rewards = reward_moments(values);
  if (auto set = main_set(all, options)) evaluation.sets.push_back(*set);
  for (MetricSet& set : other_sets(all, options)) evaluation.sets.push_back(std::move(set));
  for (MetricSet& set : covariate_sets(all, options)) evaluation.sets.push_back(std::move(set));
  add_slices(task.split, predictions, all, options, evaluation);
  if (task.best_of_n > 0) evaluation.best_of_n = best_of_n(scored_answers(all), task.best_of_n);
  return evaluation;
}

}  // namespace laurel
