// Binds each source's loss and columns to the rewards of its eval split.
#include "train/evaluator.h"

#include <algorithm>

#include "eval/evaluate.h"
#include "eval/source_model.h"
#include "train/loss_parameters.h"

namespace laurel {

Evaluator::Evaluator(const Training& training)
    : training_(training), any_(std::ranges::any_of(training.sources, [](const SourceData& source) {
        return source.eval.report.rows > 0;
      })) {}

// Whole epochs after `step` steps: passes over as many groups as there are to train on.
int64_t Evaluator::epochs(int64_t step) const {
  int64_t groups = 0;
  for (const SourceData& source : training_.sources) groups += std::ssize(source.train.groups);
  return step * training_.options.batches.batch_size / std::max<int64_t>(groups, 1);
}

bool Evaluator::due(int64_t step) const {
  const int64_t steps = training_.length.steps;
  const auto& when = training_.options.eval_every;
  if (!any_) return false;
  if (!when) return step == 0 || step == steps;
  if (const EvalAt* const at = std::get_if<EvalAt>(&*when)) {
    return step == steps || (*at == EvalAt::epoch && step > 0 && epochs(step) > epochs(step - 1));
  }
  const int64_t every = std::get<int64_t>(*when);
  return every > 0 && step > 0 && (step % every == 0 || step == steps);
}

Evaluation Evaluator::evaluate_source(size_t index, RewardModel& model) const {
  const SourceData& source = training_.sources[index];
  const SourceObjective& objective = training_.objectives[index];
  EvaluationTask task{
      .source = source.options.name,
      .split = source.eval,
      .pooling = training_.pooling,
      .packing = {.tokens_per_micro_batch = training_.options.batches.tokens_per_micro_batch,
                  .workers = training_.workers}};
  set_model(task, {.loss = objective.loss,
                   .head = training_.head,
                   .columns = objective.columns,
                   .attributes = source.options.attributes,
                   .scaling = source.scaling,
                   .loss_parameters = loss_parameters_of(model.parameters()),
                   .reduction = source.options.reduction});
  return laurel::evaluate([&](const TokenBatch& tokens) { return model.score(tokens); }, task);
}

std::vector<Evaluation> Evaluator::evaluate(RewardModel& model) const {
  std::vector<Evaluation> evaluations;
  for (size_t i = 0; i < training_.sources.size(); ++i) {
    if (training_.sources[i].eval.report.rows == 0) continue;
    evaluations.push_back(evaluate_source(i, model));
  }
  return evaluations;
}

}  // namespace laurel
