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

bool Evaluator::due(int64_t step) const {
  const int64_t steps = training_.length.steps;
  const auto& when = training_.options.eval_every;
  if (!any_) return false;
  if (!when) return step == 0 || step == steps;
  if (std::holds_alternative<EvalAt>(*when)) return step == steps;
  const int64_t every = std::get<int64_t>(*when);
  return every > 0 && step > 0 && (step % every == 0 || step == steps);
}

// final/ and exports hold the fp32 masters of weights that are trained in bf16.
static std::string weights_of(const TrainOptions& options) {
  const bool bf16 = options.precision == Precision::bf16;
  if (!bf16) return "fp32";
  return options.optimizer.stochastic_rounding ? "bf16, rounded stochastically from fp32 masters"
                                               : "bf16, rounded from fp32 masters";
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
  Evaluation evaluation =
      laurel::evaluate([&](const TokenBatch& tokens) { return model.score(tokens); }, task);
  evaluation.weights = weights_of(training_.options);
  return evaluation;
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
