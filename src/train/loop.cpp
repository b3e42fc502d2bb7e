// The training loop, from a step's plan to its update.
#include "train/loop.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include <chrono>
#include <cmath>

#include "core/error.h"
#include "core/str.h"
#include "ops/cuda/device.h"
#include "ops/cuda/host_copy.h"
#include "train/stop.h"

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

static void check_finite(const StepReport& step, std::span<const SourceObjective> sources) {
  if (std::isfinite(step.loss) && std::isfinite(step.grad_norm)) return;
  std::string losses;
  for (size_t i = 0; i < sources.size(); ++i) {
    if (step.slots[i] > 0) losses += str(", loss of ", sources[i].name, " ", step.losses[i]);
  }
  throw Error{
      ErrorKind::non_finite,
      str("step ", step.step, ": found gradient norm ", step.grad_norm, losses,
          ", expected finite numbers; the update was not made. Lower train.lr, or look at the "
          "scores and margins of these sources")};
}

namespace {

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

// A step whose numbers are on their way to the host.
struct Pending {
  StepReport report;
  std::vector<double> count, scale;  // by source
  HostCopy numbers;                  // by source the sum of weight x unit loss; the gradient's norm
};

StepReport finish(Pending& step) {
  StepReport done = std::move(step.report);
  const double* const numbers = step.numbers.read().const_data_ptr<double>();
  for (size_t i = 0; i < step.count.size(); ++i) {
    done.loss += numbers[i] * step.scale[i];
    done.losses.push_back(step.count[i] > 0 ? numbers[i] / step.count[i] : numbers[i]);
  }
  done.grad_norm = numbers[step.count.size()];
  return done;
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

int64_t train(const Training& training, RewardModel& model, Batcher& batcher, RunReport& report) {
  const TrainOptions& options = training.options;
  const int64_t steps = training.phases.back().to;
  // Numbers of a device are read one step late, so that it need not wait for the host.
  const bool late = on_cuda(model.parameters().backbone().weights);
  Optimizer optimizer(options.optimizer, model.parameters(),
                      static_cast<uint64_t>(options.batches.seed));
  int64_t step = 0;
  auto clock = std::chrono::steady_clock::now();
  std::optional<Pending> pending;
  const auto report_pending = [&] {
    if (!pending) return;
    StepReport done = finish(*pending);
    pending.reset();
    check_finite(done, training.sources);
    const auto now = std::chrono::steady_clock::now();
    done.seconds = std::chrono::duration<double>(now - clock).count();
    clock = now;
    report.step(done);
  };
  const auto evaluate_if_due = [&] {
    if (!training.evaluate || !evaluation_due(options, step, steps)) return;
    report_pending();
    report.evaluation(training.evaluate(), step);
    clock = std::chrono::steady_clock::now();
  };
  evaluate_if_due();
  while (step < steps && stop_signal() == 0) {
    const StepPlan plan = batcher.next_step();
    std::vector<double> scale;
    for (size_t i = 0; i < training.sources.size(); ++i) {
      scale.push_back(scale_of(plan, static_cast<SourceId>(i), training.sources[i].loss_weight));
    }
    const double lr = learning_rate(options.schedule, options.optimizer.lr, step, training.phases);
    const at::Tensor sums = accumulate(training, plan, scale, model, optimizer);
    const at::Tensor norm = optimizer.step(lr, sums);
    ++step;
    report_pending();
    pending = Pending{.report = {.step = step,
                                 .lr = lr,
                                 .slots = plan.slots,
                                 .rows = plan.rows,
                                 .tokens = plan.tokens,
                                 .unique_tokens = plan.unique_tokens,
                                 .wait = plan.wait_seconds,
                                 .epoch = plan.epoch},
                      .count = plan.count,
                      .scale = scale,
                      .numbers = HostCopy(at::cat({sums, norm}))};
    if (!late) report_pending();
    evaluate_if_due();
  }
  report_pending();
  return step;
}

}  // namespace laurel
