// Binds each source's loss and columns to the rewards of its eval split.
#include "train/evaluator.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/str.h"
#include "data/sources/row_file.h"
#include "eval/evaluate.h"
#include "eval/source_model.h"
#include "train/loss_parameters.h"

namespace laurel {

Evaluator::Evaluator(const Training& training)
    : training_(training), any_(std::ranges::any_of(training.sources, [](const SourceData& source) {
        return source.eval.report.rows > 0;
      })) {}

bool Evaluator::any() const { return any_ || !training_.benchmarks.empty(); }

int64_t groups_of_epoch(const Training& training) {
  int64_t groups = 0;
  for (const SourceData& source : training.sources) groups += std::ssize(source.train.groups);
  return groups;
}

bool Evaluator::sources_due(int64_t step) const {
  return evaluation_due(training_.options, step, training_.length.steps,
                        groups_of_epoch(training_));
}

bool Evaluator::due(const TrainingBenchmark& benchmark, int64_t step) const {
  if (!benchmark.eval_every) return sources_due(step);
  const int64_t every = *benchmark.eval_every;
  return every > 0 && step > 0 && (step % every == 0 || step == training_.length.steps);
}

bool Evaluator::due(int64_t step) const {
  return (any_ && sources_due(step)) ||
         std::ranges::any_of(training_.benchmarks, [&](const TrainingBenchmark& benchmark) {
           return due(benchmark, step);
         });
}

bool evaluation_due(const TrainOptions& options, int64_t step, int64_t steps, int64_t groups) {
  const auto& when = options.eval_every;
  if (!when) return step == 0 || step == steps;
  if (const EvalAt* const at = std::get_if<EvalAt>(&*when)) {
    const auto epochs = [&](int64_t n) {  // whole ones after n steps
      return n * options.batches.batch_size / std::max<int64_t>(groups, 1);
    };
    return step == steps || (*at == EvalAt::epoch && step > 0 && epochs(step) > epochs(step - 1));
  }
  const int64_t every = std::get<int64_t>(*when);
  return every > 0 && step > 0 && (step % every == 0 || step == steps);
}

static int64_t positions_in(const Split& split) {
  int64_t positions = 0;
  for (size_t i = 0; i < split.groups.size(); ++i) positions += split.groups.entry(i).positions;
  return positions;
}

// final/ and exports hold the fp32 masters of weights that are trained in bf16, or their average.
static std::string weights_of(const TrainOptions& options, const Parameters& parameters) {
  const bool bf16 = options.precision == Precision::bf16;
  const bool average = decay_of(options.optimizer.average).has_value();
  const std::string averaged = average ? "; moving average" : "";
  if (!bf16) return "fp32" + averaged;
  if (parameters.adapters.layout.size > 0) {
    return "bf16, rounded from the file's; adapters fp32" + averaged;
  }
  if (!parameters.backbone.layout.has_trainable())
    return "bf16, rounded from the file's" + averaged;
  if (average) return "bf16, rounded from fp32" + averaged;
  return options.optimizer.stochastic_rounding ? "bf16, rounded stochastically from fp32 masters"
                                               : "bf16, rounded from fp32 masters";
}

Evaluation Evaluator::evaluate_source(size_t index, RewardModel& model, const Progress& progress,
                                      const Observer& observer) const {
  const SourceData& source = training_.sources[index];
  const SourceObjective& objective = training_.objectives[index];
  EvaluationTask task{.source = source.options.name,
                      .split = source.eval,
                      .pooling = training_.pooling,
                      .packing = packing()};
  set_model(task, {.loss = objective.loss,
                   .head = training_.head,
                   .columns = objective.columns,
                   .attributes = source.options.attributes,
                   .scaling = source.scaling,
                   .loss_parameters = loss_parameters_of(model.parameters()),
                   .reduction = source.options.reduction});
  if (observer) {
    task.observe = [&](const SplitOutcomes& outcomes) { observer(source, outcomes); };
  }
  const int64_t all = progress ? positions_in(source.eval) : 0;
  int64_t done = 0;
  const auto score = [&](const TokenBatch& tokens) {
    at::Tensor rewards = model.score(tokens);
    done += rewards.size(0);
    if (progress) progress(source.options.name, done, all);
    return rewards;
  };
  Evaluation evaluation = laurel::evaluate(score, task);
  evaluation.weights = weights_of(training_.options, model.parameters());
  return evaluation;
}

PackOptions Evaluator::packing() const {
  return {.tokens_per_micro_batch = training_.options.batches.tokens_per_micro_batch,
          .workers = training_.workers};
}

// The rewards of a row's answers, from those of its positions by column.
static std::vector<double> answer_rewards(const TrainingBenchmark& benchmark, size_t row,
                                          const std::vector<double>& columns) {
  const size_t answers = benchmark.rows[row].answers.size(), count = columns.size() / answers;
  std::vector<double> rewards;
  for (size_t i = 0; i < answers; ++i) {
    const double reward =
        combined_reward(std::span(columns).subspan(i * count, count), benchmark.reward_weights);
    if (!std::isfinite(reward)) {
      throw Error{ErrorKind::non_finite,
                  str(benchmark.rows[row].where, ": found reward ", reward,
                      ", expected a finite number; the model's weights are out of range")};
    }
    rewards.push_back(reward);
  }
  return rewards;
}

Evaluation Evaluator::evaluate_benchmark(const TrainingBenchmark& benchmark, RewardModel& model,
                                         const Progress& progress) const {
  int64_t all = 0, done = 0;
  for (const BenchmarkRow& row : benchmark.rows) all += std::ssize(row.answers);
  const auto score = [&](const TokenBatch& tokens) {
    at::Tensor rewards = model.score(tokens);
    done += rewards.size(0);
    if (progress) progress(benchmark.name, done, all);
    return rewards;
  };
  const auto rewards = score_groups(score, benchmark.groups, training_.pooling, packing());
  std::vector<ScoredBenchmarkRow> rows;
  for (size_t i = 0; i < benchmark.rows.size(); ++i) {
    rows.push_back({benchmark.rows[i], answer_rewards(benchmark, i, rewards[i])});
  }
  Evaluation evaluation = benchmark_evaluation(benchmark.benchmark, rows);
  evaluation.source = benchmark.name;
  evaluation.reasons = benchmark.dropped;
  for (const auto& [reason, count] : benchmark.dropped) evaluation.dropped += count;
  evaluation.weights = weights_of(training_.options, model.parameters());
  return evaluation;
}

std::vector<Evaluation> Evaluator::evaluate(RewardModel& model, int64_t step,
                                            const Progress& progress,
                                            const Observer& observer) const {
  std::vector<Evaluation> evaluations;
  for (size_t i = 0; i < training_.sources.size(); ++i) {
    if (training_.sources[i].eval.report.rows == 0 || !sources_due(step)) continue;
    evaluations.push_back(evaluate_source(i, model, progress, observer));
  }
  for (const TrainingBenchmark& benchmark : training_.benchmarks) {
    if (due(benchmark, step)) evaluations.push_back(evaluate_benchmark(benchmark, model, progress));
  }
  return evaluations;
}

}  // namespace laurel
