// Completes the state with what only a checkpoint says, and writes it with the tensors.
#include "train/checkpointer.h"

#include <chrono>
#include <cmath>

#include "checkpoint/checkpoints.h"
#include "checkpoint/training_tensors.h"
#include "core/str.h"
#include "train/early_stop.h"
#include "train/loss_parameters.h"

namespace laurel {

bool Checkpointer::due(int64_t step) const {
  const int64_t every = training_.options.save_every;
  return every > 0 && step % every == 0;
}

void Checkpointer::record_evaluation(const std::vector<Evaluation>& evaluations,
                                     TrainState& state) {
  if (!best_by_ || !evaluates(evaluations, best_by_->source)) return;
  const std::string& best = *training_.options.keep_best;
  const Metric* const metric = find_metric(evaluations, *best_by_);
  if (!metric) {
    throw Error{ErrorKind::usage, str("train.keep_best: found \"", best,
                                      "\", but the evaluation has no such value; "
                                      "docs/metrics.md says which metrics a source has")};
  }
  if (!metric->value || !std::isfinite(*metric->value)) {
    log_.warn(str("step ", state.step, ": ", best,
                  " is not defined here, so this step cannot be the best"));
    return;
  }
  last_evaluation_ = {.value = *metric->value, .step = state.step};
  // Where a run was stopped before an evaluation that was due, the checkpoint came first.
  if (saved(state.step)) update_best(state);
}

void Checkpointer::update_best(TrainState& state) const {
  const bool larger = larger_is_better(best_by_->metric).value();
  const auto gain = [&](double value) { return larger ? value : -value; };
  if (!state.best || gain(last_evaluation_->value) > gain(state.best->value))
    state.best = last_evaluation_;
}

void Checkpointer::update(TrainState& state) {
  state.metrics_bytes = metrics_.flush();
  state.facts.environment["step"] = state.step;
  if (last_evaluation_ && last_evaluation_->step == state.step) update_best(state);
}

std::filesystem::path Checkpointer::path_of(int64_t step) const {
  return parts_.folder.checkpoints() / checkpoint_name(step);
}

bool Checkpointer::saved(int64_t step) const {
  std::error_code ignored;
  return std::filesystem::exists(path_of(step), ignored);
}

void Checkpointer::write(const TrainState& state, const Parameters& parameters) {
  const auto begin = std::chrono::steady_clock::now();
  RewardConfig reward = parts_.reward;
  record_loss_parameters(parameters, training_.objectives, reward);
  save_checkpoint(parts_.folder,
                  {.source = parts_.model,
                   .parameters = parameters,
                   .pad = parts_.pad,
                   .reward_config = std::move(reward),
                   .partial = parts_.partial},
                  state);
  remove_old_checkpoints(parts_.folder,
                         {.id = state.facts.run,
                          .keep_last = training_.options.keep_last,
                          .best = state.best ? std::optional(state.best->step) : std::nullopt});
  writing_seconds_ =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  log_.info(str("saved ", path_of(state.step)));
}

void Checkpointer::save(TrainState& state, const Parameters& parameters) {
  background_save_.wait();  // before the copy: there is memory for one
  update(state);
  background_save_.start([this, now = state, copy = snapshot(parameters)] { write(now, copy); });
}

void Checkpointer::save_and_wait(TrainState& state, const Parameters& parameters) {
  background_save_.wait();
  update(state);
  write(state, parameters);
}

}  // namespace laurel
