// Compares evaluations with the best one so far.
#include "train/early_stop.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/str.h"

namespace laurel {

const Metric* find_metric(const std::vector<Evaluation>& evaluations, const BestBy& by) {
  for (const Evaluation& evaluation : evaluations) {
    if (evaluation.source != by.source || evaluation.sets.empty()) continue;
    if (const Metric* found = find_metric(evaluation.sets.front(), by.metric)) return found;
  }
  return nullptr;
}

bool evaluates(const std::vector<Evaluation>& evaluations, const std::string& source) {
  return std::ranges::find(evaluations, source, &Evaluation::source) != evaluations.end();
}

void record_early_stop(const StopEarly& options, const std::vector<Evaluation>& evaluations,
                       TrainState& state) {
  const BestBy by = source_and_metric(options.metric);
  if (!evaluates(evaluations, by.source)) return;
  const Metric* const metric = find_metric(evaluations, by);
  if (!metric) {
    throw Error{ErrorKind::usage, str("train.stop_early.metric: found \"", options.metric,
                                      "\", but the evaluation has no such value; "
                                      "docs/metrics.md says which metrics a source has")};
  }
  EarlyStopState& so_far = state.early_stop ? *state.early_stop : state.early_stop.emplace();
  const bool defined = metric->value && std::isfinite(*metric->value);
  const double sign = larger_is_better(by.metric).value_or(true) ? 1 : -1;
  const bool better =
      defined && (!so_far.best || sign * (*metric->value - so_far.best->value) > options.min_delta);
  ++so_far.waited;
  if (!better) return;
  so_far.best = BestStep{.value = *metric->value, .step = state.step};
  so_far.waited = 0;
}

std::optional<std::string> early_stop_reason(const std::optional<StopEarly>& options,
                                             const TrainState& state) {
  if (!options || !state.early_stop || state.early_stop->waited < options->patience) {
    return std::nullopt;
  }
  const std::optional<BestStep>& best = state.early_stop->best;
  return str(options->metric, " has not improved by more than ", options->min_delta, " in ",
             count_text(state.early_stop->waited, "evaluation"), " running",
             best ? str("; its best value is ", best->value, ", after step ", best->step) : "");
}

}  // namespace laurel
