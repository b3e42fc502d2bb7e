// The training loop, from a step's plan to its update.
#include "train/loop.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

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
// loss_weight * (its slots / all slots) / count; 0 for a source that judged nothing.
static double scale_of(const StepPlan& plan, SourceId source, double loss_weight) {
  if (plan.count[source] == 0) return 0;
  const double part = static_cast<double>(plan.slots[source]) / static_cast<double>(plan.groups);
  return loss_weight * part / plan.count[source];
}

namespace {

std::vector<double> scales_of(const StepPlan& plan, std::span<const SourceObjective> sources) {
  std::vector<double> scales;
  for (size_t i = 0; i < sources.size(); ++i) {
    scales.push_back(scale_of(plan, static_cast<SourceId>(i), sources[i].loss_weight));
  }
  return scales;
}

StepReport report_of(const StepPlan& plan, int64_t step, double lr) {
  return {.step = step,
          .lr = lr,
          .slots = plan.slots,
          .rows = plan.rows,
          .tokens = plan.tokens,
          .unique_tokens = plan.unique_tokens,
          .wait = plan.wait_seconds,
          .epoch = plan.epoch};
}

// All tensors of labels.
std::vector<at::Tensor*> tensors_of(PointwiseLabels& of) {
  return {&of.rows, &of.score, &of.weight};
}
std::vector<at::Tensor*> tensors_of(PairwiseLabels& of) {
  return {&of.better, &of.worse, &of.margin, &of.strength, &of.target, &of.tie, &of.weight};
}
std::vector<at::Tensor*> tensors_of(RankedLabels& of) {
  return {&of.rows, &of.rank, &of.score, &of.weight};
}

Labels on_device(Labels labels, at::Device device) {
  const auto move = [&](auto& kind) {
    const std::vector<at::Tensor*> tensors = tensors_of(kind);
    TORCH_INTERNAL_ASSERT(tensors.size() * sizeof(at::Tensor) == sizeof(kind), "all tensors");
    for (at::Tensor* tensor : tensors) *tensor = to_device(*tensor, device);
  };
  std::visit(move, labels);
  return labels;
}

// The step's losses, forward and backward: fills the gradient buffers. Returns by source the sum of
// weight x unit loss, fp64 on the model's device.
at::Tensor accumulate(const Training& training, const StepPlan& plan,
                      const std::vector<double>& scale, RewardModel& model, Optimizer& optimizer) {
  const at::TensorOptions there = model.parameters().head().weights.options();
  const at::Tensor sums = at::zeros({static_cast<int64_t>(scale.size())}, there.dtype(at::kDouble));
  for (const Batch& batch : plan.batches) {
    at::Tensor rewards = model.forward(batch.tokens).requires_grad_();  // (R, C)
    at::Tensor scalars = model.scalars().detach().requires_grad_();     // (S), often none
    at::Tensor loss = at::zeros({}, there);
    for (const Judged& judged : batch.judged) {
      const SourceObjective& source = training.sources[judged.source];
      const at::Tensor sum = objective(source.loss, on_device(judged.labels, there.device()),
                                       columns_of(rewards, scalars, training.head, source.columns));
      loss = loss + sum * scale[judged.source];
      sums.select(0, judged.source).add_(sum.detach());
    }
    loss.backward();                                               // ends at the rewards
    model.backward(batch.tokens, rewards.grad(), scalars.grad());  // fills the gradient buffers
    optimizer.touch(batch.tokens.ids);
  }
  return sums;
}

}  // namespace

LoopState train(const Training& training, RewardModel& model, Batcher& batcher, RunReport& report) {
  const TrainOptions& options = training.options;
  const int64_t steps = training.phases.back().to;
  LoopState state = training.start;
  Optimizer optimizer(options.optimizer, model.parameters(),
                      static_cast<uint64_t>(options.batches.seed), options.nan_budget,
                      state.optimizer);
  StepNumbers numbers(report, on_cuda(model.parameters().backbone().weights),
                      state.optimizer.skipped, options.nan_budget);
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

  if (!state.evaluated) evaluate_if_due();
  bool stopping = training.stop();
  while (state.step < steps && !stopping) {
    StepPlan plan = batcher.next_step();
    const std::vector<double> scale = scales_of(plan, training.sources);
    const double lr =
        learning_rate(options.schedule, options.optimizer.lr, state.step, training.phases);
    const at::Tensor sums = accumulate(training, plan, scale, model, optimizer);
    const at::Tensor norm = optimizer.step(lr, sums);
    LoopState before = state;
    ++state.step;
    state.evaluated = false;
    state.data = plan.after;
    fail_if(numbers.add({.step = {.report = report_of(plan, state.step, lr),
                                  .members = std::move(plan.members),
                                  .before = std::move(before)},
                         .count = plan.count,
                         .scale = scale,
                         .numbers = HostCopy(at::cat({sums, norm}))}));
    stopping = training.stop();
    if (stopping && state.step < steps) break;  // what is due now is done where the run goes on
    evaluate_if_due();
    save_if_due();
  }
  fail_if(numbers.flush());
  state.optimizer = optimizer.state();
  return state;
}

}  // namespace laurel
