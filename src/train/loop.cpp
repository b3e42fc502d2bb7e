// The training loop, from a step's plan to its update.
#include "train/loop.h"

#include <ATen/ops/zeros.h>

#include <cmath>

#include "core/error.h"
#include "core/str.h"
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

int64_t train(const Training& training, RewardModel& model, Batcher& batcher, RunReport& report) {
  const TrainOptions& options = training.options;
  const int64_t steps = training.steps;
  Optimizer optimizer(options.optimizer, model.parameters(),
                      static_cast<uint64_t>(options.batches.seed));
  int64_t step = 0;
  const auto evaluate_if_due = [&] {
    if (training.evaluate && evaluation_due(options, step, steps)) {
      report.evaluation(training.evaluate(), step);
    }
  };
  evaluate_if_due();
  while (step < steps && stop_signal() == 0) {
    const auto start = std::chrono::steady_clock::now();
    const StepPlan plan = batcher.next_step();
    StepReport done{.step = step + 1,
                    .lr = learning_rate(options.schedule, options.optimizer.lr, step, steps),
                    .losses = std::vector<double>(training.sources.size()),
                    .slots = plan.slots,
                    .rows = plan.rows,
                    .tokens = plan.tokens,
                    .unique_tokens = plan.unique_tokens,
                    .wait = plan.wait_seconds,
                    .epoch = plan.epoch};
    for (const Batch& batch : plan.batches) {
      at::Tensor rewards = model.forward(batch.tokens).requires_grad_();  // (R, C)
      at::Tensor loss = at::zeros({}, rewards.options());
      for (const Judged& judged : batch.judged) {
        const SourceObjective& source = training.sources[judged.source];
        const at::Tensor sum = objective(source.loss, judged.labels, {.reward = rewards});
        loss = loss + sum * scale_of(plan, judged.source, source.loss_weight);
        done.losses[judged.source] += sum.item<double>();
      }
      loss.backward();                               // ends at the rewards
      model.backward(batch.tokens, rewards.grad());  // fills the gradient buffers
      optimizer.touch(batch.tokens.ids);
    }
    for (size_t i = 0; i < training.sources.size(); ++i) {
      done.loss += done.losses[i] *
                   scale_of(plan, static_cast<SourceId>(i), training.sources[i].loss_weight);
      if (plan.count[i] > 0) done.losses[i] /= plan.count[i];
    }
    done.grad_norm = optimizer.gradient_norm();
    check_finite(done, training.sources);
    optimizer.step(done.lr, done.grad_norm);
    ++step;
    done.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    report.step(done);
    evaluate_if_due();
  }
  return step;
}

}  // namespace laurel
