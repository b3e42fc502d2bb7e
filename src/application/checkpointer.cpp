// Collects the state of loop, model and metrics file and writes it as a checkpoint.
#include "application/checkpointer.h"

#include <cmath>

#include "application/training_inputs.h"
#include "checkpoint/training_state.h"
#include "core/str.h"

namespace laurel {

// nullptr where the source has no such metric.
static const Metric* metric_of(const std::vector<Evaluation>& evaluations,
                               const std::string& source, const std::string& metric) {
  for (const Evaluation& evaluation : evaluations) {
    if (evaluation.source != source || evaluation.sets.empty()) continue;
    for (const Metric& each : evaluation.sets.front().metrics) {
      if (each.name == metric) return &each;
    }
  }
  return nullptr;
}

void Checkpointer::record_evaluation(const std::vector<Evaluation>& evaluations, int64_t step) {
  const std::optional<std::string>& best = run_.options.keep_best;
  if (!best) return;
  const size_t dot = best->find('.');
  const Metric* const metric = metric_of(evaluations, best->substr(0, dot), best->substr(dot + 1));
  if (!metric) {
    throw Error{ErrorKind::usage, str("train.keep_best: found \"", *best,
                                      "\", but the evaluation has no such value; "
                                      "docs/metrics.md says which metrics a source has")};
  }
  if (!metric->value || !std::isfinite(*metric->value)) {
    run_.log.warn(
        str("step ", step, ": ", *best, " is not defined here, so this step cannot be the best"));
    return;
  }
  last_evaluation_ = {.value = *metric->value, .step = step};
  std::error_code ignored;
  // Where a run was stopped before an evaluation that was due, the checkpoint came first.
  if (std::filesystem::exists(path_of(step), ignored)) update_best();
}

void Checkpointer::update_best() {
  const std::string& metric = *run_.options.keep_best;
  const bool larger = larger_is_better(metric.substr(metric.find('.') + 1)).value();
  const auto gain = [&](double value) { return larger ? value : -value; };
  if (!state_.best || gain(last_evaluation_->value) > gain(state_.best->value))
    state_.best = last_evaluation_;
}

void Checkpointer::update_state(const LoopState& state) {
  state_.step = state.step;
  state_.evaluated = state.evaluated;
  state_.updates = state.optimizer.updates;
  state_.skipped = state.optimizer.skipped;
  state_.sampler = state.sampler;
  state_.metrics_bytes = run_.metrics.flush();
  state_.environment["step"] = state.step;
  if (last_evaluation_ && last_evaluation_->step == state.step) update_best();
}

std::filesystem::path Checkpointer::path_of(int64_t step) const {
  return run_.folder.checkpoints() / checkpoint_name(step);
}

void Checkpointer::write(const RunState& state, const Parameters& parameters,
                         const std::vector<bool>& seen_rows) const {
  RewardConfig reward = run_.reward;
  record_loss_parameters(loss_parameters_of(parameters), run_.inputs.head, reward);
  save_checkpoint(run_.folder,
                  {.source = run_.inputs.model,
                   .parameters = parameters,
                   .pad = run_.inputs.pad,
                   .reward_config = std::move(reward)},
                  state, seen_rows);
  remove_old_checkpoints(run_.folder,
                         {.id = state.run,
                          .keep_last = run_.options.keep_last,
                          .best = state.best ? std::optional(state.best->step) : std::nullopt});
  run_.log.info(str("saved ", path_of(state.step)));
}

void Checkpointer::save(const LoopState& state, const Parameters& parameters) {
  background_save_.wait();  // before the copy: there is memory for one
  update_state(state);
  background_save_.start([this, now = state_, seen_rows = state.optimizer.seen_rows,
                          copy = snapshot(parameters)] { write(now, copy, seen_rows); });
}

void Checkpointer::save_and_wait(const LoopState& state, const Parameters& parameters) {
  background_save_.wait();
  update_state(state);
  write(state_, parameters, state.optimizer.seen_rows);
}

}  // namespace laurel
