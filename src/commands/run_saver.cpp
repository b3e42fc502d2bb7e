// A checkpoint is what the loop, the model and the metrics file are at one moment.
#include "commands/run_saver.h"

#include <cmath>

#include "checkpoint/training_state.h"
#include "commands/run_parts.h"
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

void RunSaver::evaluated(const std::vector<Evaluation>& evaluations, int64_t step) {
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
  evaluated_ = {.value = *metric->value, .step = step};
  std::error_code ignored;
  // Where a run was stopped before an evaluation that was due, the checkpoint came first.
  if (std::filesystem::exists(path_of(step), ignored)) take_if_better();
}

void RunSaver::take_if_better() {
  const std::string& metric = *run_.options.keep_best;
  const bool larger = larger_is_better(metric.substr(metric.find('.') + 1)).value();
  const auto gain = [&](double value) { return larger ? value : -value; };
  if (!state_.best || gain(evaluated_->value) > gain(state_.best->value)) state_.best = evaluated_;
}

void RunSaver::describe(const LoopState& state) {
  state_.step = state.step;
  state_.evaluated = state.evaluated;
  state_.updates = state.optimizer.updates;
  state_.skipped = state.optimizer.skipped;
  state_.data = state.data;
  state_.metrics_bytes = run_.metrics.flush();
  state_.facts["step"] = state.step;
  if (evaluated_ && evaluated_->step == state.step) take_if_better();
}

std::filesystem::path RunSaver::path_of(int64_t step) const {
  return run_.folder.checkpoints() / checkpoint_name(step);
}

void RunSaver::write(const RunState& state, const Parameters& parameters,
                     const std::vector<bool>& touched) const {
  RewardConfig reward = run_.reward;
  record_scalars(scalars_of(parameters), run_.prepared.head, reward);
  save_checkpoint(run_.folder,
                  {.source = run_.prepared.model,
                   .parameters = parameters,
                   .pad = run_.prepared.pad,
                   .reward_config = std::move(reward)},
                  state, touched);
  remove_old(run_.folder, {.id = state.run,
                           .keep_last = run_.options.keep_last,
                           .best = state.best ? std::optional(state.best->step) : std::nullopt});
  run_.log.info(str("saved ", path_of(state.step)));
}

void RunSaver::save(const LoopState& state, const Parameters& parameters) {
  writing_.wait();  // before the copy: there is memory for one
  describe(state);
  writing_.start([this, now = state_, touched = state.optimizer.touched,
                  copy = snapshot(parameters)] { write(now, copy, touched); });
}

void RunSaver::save_and_wait(const LoopState& state, const Parameters& parameters) {
  writing_.wait();
  describe(state);
  write(state_, parameters, state.optimizer.touched);
}

}  // namespace laurel
