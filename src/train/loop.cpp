// The training loop, from a step's global_batch to its update.
#include "train/loop.h"

#include <ATen/ops/cat.h>

#include "ops/cuda/device.h"
#include "ops/cuda/host_copy.h"

namespace laurel {

// Evaluation is due after `step` completed steps.
static bool evaluation_due(const TrainOptions& options, int64_t step, int64_t steps) {
  if (!options.eval_every) return step == 0 || step == steps;
  if (std::holds_alternative<EvalAt>(*options.eval_every)) return step == steps;
  const int64_t every = std::get<int64_t>(*options.eval_every);
  return every > 0 && step > 0 && (step % every == 0 || step == steps);
}

// What multiplies a source's sum of weight x unit loss in the step's loss:
// loss_weight * (its groups / all groups) / count; 0 for a source without labels in the step.
static double scale_of(const GlobalBatch& global_batch, SourceId source, double loss_weight) {
  if (global_batch.count[source] == 0) return 0;
  const double part = static_cast<double>(global_batch.groups_of[source]) /
                      static_cast<double>(global_batch.group_count);
  return loss_weight * part / global_batch.count[source];
}

namespace {

std::vector<double> scales_of(const GlobalBatch& global_batch,
                              std::span<const SourceObjective> sources) {
  std::vector<double> scales;
  for (size_t i = 0; i < sources.size(); ++i) {
    scales.push_back(scale_of(global_batch, static_cast<SourceId>(i), sources[i].loss_weight));
  }
  return scales;
}

StepReport report_of(const GlobalBatch& global_batch, int64_t step, double lr) {
  return {.step = step,
          .lr = lr,
          .groups = global_batch.groups_of,
          .positions = global_batch.positions,
          .tokens = global_batch.tokens,
          .unique_tokens = global_batch.unique_tokens,
          .data_wait = global_batch.wait_seconds,
          .epoch = global_batch.epoch};
}

}  // namespace

LoopState train(const Training& training, RewardModel& model, BatchPrefetcher& batches,
                RunReport& report) {
  const TrainOptions& options = training.options;
  const int64_t steps = training.phases.back().to;
  LoopState state = training.start;
  Optimizer optimizer(options.optimizer, model.parameters(),
                      static_cast<uint64_t>(options.batches.seed), options.nan_budget,
                      state.optimizer);
  StepMetrics numbers(report, on_cuda(model.parameters().backbone.weights), state.optimizer.skipped,
                      options.nan_budget);
  const auto fail_if = [&](std::optional<NonFiniteStep> failed) {
    if (!failed) return;
    failed->before.optimizer = optimizer.state();
    failed->before.optimizer.skipped = numbers.skipped();
    training.fail(*failed);
  };
  const auto evaluate_if_due = [&] {
    if (!training.evaluate || !evaluation_due(options, state.step, steps)) return;
    fail_if(numbers.flush());
    report.evaluation(training.evaluate(state.step), state.step);
    state.evaluated = true;
    numbers.restart_clock();
  };
  const auto save_if_due = [&] {
    const bool due = options.save_every > 0 && state.step % options.save_every == 0;
    if (!training.save_now() && !due) return;
    fail_if(numbers.flush());
    state.optimizer = optimizer.state();
    training.save(state);
    numbers.restart_clock();
  };

  if (!state.evaluated && !training.signalled()) evaluate_if_due();
  bool stopping = training.stop();
  while (state.step < steps && !stopping) {
    GlobalBatch global_batch = batches.next();
    const std::vector<double> scale = scales_of(global_batch, training.sources);
    const double lr =
        learning_rate(options.schedule, options.optimizer.lr, state.step, training.phases);
    StepHooks hooks;
    hooks.after_forward = [&](const Batch& batch, const at::Tensor&) {
      optimizer.mark_seen(batch.tokens.ids);
    };
    hooks.out_of_memory = [&](const std::exception& caught, const Batch& batch) {
      return training.out_of_memory(caught, {state.step + 1, global_batch, batch});
    };
    const at::Tensor sums =
        accumulate({training.sources, scale, training.head}, global_batch.batches, model, hooks);
    const at::Tensor norm = optimizer.step(lr, sums);
    LoopState before = state;
    ++state.step;
    state.evaluated = false;
    state.sampler = global_batch.after;
    fail_if(numbers.add({.step = {.report = report_of(global_batch, state.step, lr),
                                  .groups = std::move(global_batch.groups),
                                  .scale = scale,
                                  .before = std::move(before)},
                         .count = global_batch.count,
                         .numbers = HostCopy(at::cat({sums, norm}))}));
    stopping = training.stop();
    if (stopping && state.step < steps) break;  // what is due now is done where the run goes on
    evaluate_if_due();
    save_if_due();
    stopping = training.signalled();  // both may take long
  }
  fail_if(numbers.flush());
  state.optimizer = optimizer.state();
  return state;
}

}  // namespace laurel
