// The loop, from a step's groups to its update, and what happens between two steps.
#include "train/trainer.h"

#include <ATen/ops/cat.h>

#include <chrono>
#include <utility>

#include "core/str.h"
#include "ops/cuda/device.h"
#include "ops/cuda/host_copy.h"
#include "train/accumulate.h"
#include "train/out_of_memory.h"
#include "train/weight_average.h"

namespace laurel {

// What multiplies a source's sum of weight x loss per term in the step's loss:
// loss_weight * (its groups / all groups) / count; 0 for a source without labels in the step.
static double scale_of(const GlobalBatch& global_batch, SourceId source, double loss_weight) {
  if (global_batch.count[source] == 0) return 0;
  const double part = static_cast<double>(global_batch.groups_of[source]) /
                      static_cast<double>(global_batch.groups.size());
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

StepReport report_of(const PackedBatch& packed, int64_t step, double lr, bool warm) {
  const GlobalBatch& global_batch = packed.global;
  return {.step = step,
          .lr = lr,
          .losses = {},
          .groups = global_batch.groups_of,
          .warm = warm,
          .scored_positions = global_batch.scored_positions,
          .tokens = global_batch.tokens,
          .computed_tokens = packed.computed_tokens,
          .data_wait = packed.wait_seconds,
          .epoch = global_batch.epoch};
}

}  // namespace

NonFiniteStep::NonFiniteStep(StepRecord record)
    : std::runtime_error(str("step ", record.report.step, " is not finite")),
      step(std::move(record)) {}

Trainer::Trainer(Training training, const CheckpointParts& parts, RewardModel model,
                 TrainState start, MetricsFile& metrics, RunReport& report, TimeLimit& limit,
                 Log& log)
    : training_(std::move(training)),
      model_(std::move(model)),
      state_(std::move(start)),
      sampler_(training_.sources, training_.options.batches, training_.pooling, training_.length,
               training_.workers, state_.sampler),
      optimizer_(training_.options.optimizer, model_.parameters(),
                 static_cast<uint64_t>(training_.options.batches.seed),
                 training_.options.nan_budget, state_.optimizer),
      report_(report),
      step_metrics_(report, on_cuda(model_.parameters().backbone.weights), state_.optimizer.skipped,
                    training_.options.nan_budget),
      evaluator_(training_),
      checkpointer_(training_, parts, metrics, log),
      limit_(limit) {
  expect_time();
}

// What is left after the last step: its checkpoint, final/ and the export.
void Trainer::expect_time() {
  const TrainOptions& options = training_.options;
  int64_t parameters = 0, all = 0;
  for (const ParameterBuffer& buffer : model_.parameters().buffers()) {
    parameters += buffer.layout.size - buffer.layout.trained_begin;
    all += buffer.layout.size;
  }
  const int64_t moments = options.optimizer.moments == Moments::bf16 ? 4 : 8;
  const int64_t average = decay_of(options.optimizer.average) ? 4 : 0;
  checkpoint_bytes_ = parameters * (4 + moments + average);
  const auto due = [options, steps = training_.length.steps, groups = groups_of_epoch(training_),
                    any = evaluator_.any()](int64_t step) {
    return any && evaluation_due(options, step, steps, groups);
  };
  report_.expect(TimeLeft(training_.length.steps, due, checkpoint_bytes_ + 4 * (parameters + all)));
}

const TrainState& Trainer::train() {
  const TrainOptions& options = training_.options;
  const int64_t steps = training_.length.steps, first = state_.step;
  if (!state_.evaluated && stop_signal() == 0) evaluate_if_due();
  bool stop = stopping() || stopped_early();
  while (state_.step < steps && !stop) {
    PackedBatch packed = sampler_.next();
    GlobalBatch& global_batch = packed.global;
    const std::vector<double> scale = scales_of(global_batch, training_.objectives);
    const StepLoss step_loss{training_.objectives, scale, training_.head};
    StepSums sums = zero_sums(step_loss, model_);
    for (const Batch& batch : packed.batches) {
      try {
        const at::Tensor rewards = model_.forward(batch.tokens, state_.step).requires_grad_();
        optimizer_.mark_seen(batch.tokens.ids);
        accumulate(step_loss, batch, rewards, model_, sums);  // loss, backward, gradient buffers
      } catch (const std::exception& caught) {
        if (!is_out_of_memory(caught)) throw;
        throw OutOfMemory(caught, state_.step + 1, global_batch, batch);
      }
    }
    const auto rate = [&](double peak) {
      return learning_rate(options.schedule, peak, state_.step, training_.phases);
    };
    const double lr = rate(options.optimizer.peak_rate());
    const at::Tensor norm = optimizer_.step(lr, sums.losses, rate(options.optimizer.head_rate()));
    TrainState before = state_;
    ++state_.step;
    state_.evaluated = false;
    state_.sampler = global_batch.after;
    const bool warm = !in_warmup(options.schedule, state_.step - 1, training_.phases);
    check(
        step_metrics_.add({.step = {.report = report_of(packed, state_.step, lr, warm),
                                    .groups = std::move(global_batch.groups),
                                    .scale = scale,
                                    .before = std::move(before)},
                           .count = global_batch.count,
                           .numbers = HostCopy(at::cat({sums.losses, norm, flat(sums.rewards)}))}));
    stop = stopping();
    if (stop && state_.step < steps) break;  // what is due now is done where the run goes on
    evaluate_if_due();
    save_if_due();
    stop = stop_signal() != 0 || stopped_early();  // both may take long
  }
  check(step_metrics_.flush());
  checkpointer_.wait();
  if (state_.step > first && !checkpointer_.saved(state_.step)) save();
  return state_;
}

// To be asked once between two steps.
bool Trainer::stopping() {
  const bool late = limit_.reached();
  return stop_signal() != 0 || late;
}

void Trainer::check(std::optional<StepRecord> failed) {
  if (!failed) return;
  failed->before.optimizer = optimizer_.state();
  failed->before.optimizer.skipped = step_metrics_.skipped();
  throw NonFiniteStep(std::move(*failed));
}

void Trainer::evaluate_if_due() {
  if (!evaluator_.due(state_.step)) return;
  check(step_metrics_.flush());
  const auto begin = std::chrono::steady_clock::now();
  const auto progress = [&](const std::string& source, int64_t done, int64_t of) {
    report_.progress(
        str("step ", state_.step, "/", training_.length.steps, "  evaluating ", source), done, of);
  };
  const auto observer = [&](const SourceData& source, const SplitOutcomes& outcomes) {
    report_.outcomes({source.options.name, source.options.attributes, source.eval, outcomes});
  };
  std::vector<Evaluation> evaluations;
  {
    const WithAverage averaged(model_.parameters());
    evaluations = evaluator_.evaluate(model_, state_.step, progress, observer);
  }
  report_.time_left().evaluation_took(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  checkpointer_.record_evaluation(evaluations, state_);
  if (training_.options.stop_early) {
    record_early_stop(*training_.options.stop_early, evaluations, state_);
  }
  report_.evaluation(evaluations, state_.step);
  state_.evaluated = true;
  step_metrics_.restart_clock();
}

void Trainer::save_if_due() {
  checkpointer_.check();
  report_.time_left().writing_took(checkpoint_bytes_, checkpointer_.writing_seconds());
  const bool requested = take_save_request();
  if (!requested && !checkpointer_.due(state_.step)) return;
  check(step_metrics_.flush());
  state_.optimizer = optimizer_.state();
  checkpointer_.save(state_, model_.parameters());
  step_metrics_.restart_clock();
}

void Trainer::save() {
  report_.progress(str("saving the checkpoint of step ", state_.step));
  state_.optimizer = optimizer_.state();
  checkpointer_.save_and_wait(state_, model_.parameters());
}

}  // namespace laurel
