// From a model and a split to an evaluation: rewards of all groups, metrics, intervals, slices.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/batch.h"
#include "data/batches/pack.h"
#include "data/group.h"
#include "data/pooling.h"
#include "data/sources/source.h"
#include "eval/calibration_fit.h"
#include "eval/outcomes.h"
#include "eval/report.h"

namespace laurel {

// Rewards (P, C) of a packed batch: RewardModel::score, or anything else that gives rewards.
using RewardFunction = std::function<at::Tensor(const TokenBatch&)>;

// Numbers per row and attribute, (P, A), from the head's columns, (P, C).
using ColumnFunction = std::function<at::Tensor(const at::Tensor& rewards)>;

// The rewards of every group's rows, by response and read and then by column, in the order of
// `groups`. Groups of similar length are packed together; a reward does not
// depend on its neighbours.
std::vector<std::vector<double>> score_groups(const RewardFunction& reward_function,
                                              std::span<const Group> groups, const Pooling& pooling,
                                              const PackOptions& packing);

struct EvaluationTask {
  std::string source;
  const Split& split;                        // its scores are in original units
  std::vector<Scaling> scaling = {};         // by attribute; {}: targets are the scores
  std::vector<std::string> attributes = {};  // that the source labels; {}: one without a name
  std::vector<int64_t> columns = {};         // of the head, by attribute; {}: 0, 1, ...
  std::vector<double> reward_weights = {
      1};                         // pairs and lists compare sum of reward_weights[c] * column c
  ColumnFunction predict = {};    // (P, C) -> targets that they predict; {}: the columns
  ColumnFunction deviation = {};  // (P, C) -> deviations of targets that they state; {}: none
  Reduction reduction = Reduction::mean;        // of a response's segments
  std::optional<Calibration> calibration = {};  // of a head with one column, that the model has
  int64_t best_of_n = 0;                        // up to which N (best_of_n.h); 0: none
  Pooling pooling;
  PackOptions packing;
  // Is shown the outcomes that the metrics are of; {}: nobody.
  std::function<void(const SplitOutcomes&)> observe = {};
};

// What the labels and rewards of the task say together. Throws as evaluate().
SplitOutcomes outcomes_of(const RewardFunction& reward_function, const EvaluationTask& task);

// Why rows of the split are not among the outcomes, with counts.
std::map<std::string, int64_t> drop_reasons(const Split& split, const SplitOutcomes& all);

// Labels get the metrics of their kind (docs/metrics.md), whatever the model was trained on.
// Row weights are left out, but a row of weight 0 counts as not labelled. Throws Error (non_finite)
// that names the first row whose reward is not finite.
Evaluation evaluate(const RewardFunction& reward_function, const EvaluationTask& task);

}  // namespace laurel
