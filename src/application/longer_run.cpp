// Compares the length of a checkpoint's run with that of the run that goes on.
#include "application/longer_run.h"

#include "core/str.h"
#include "train/schedule.h"

namespace laurel {

namespace {

// As the config of a checkpoint says it, over the same rows.
std::optional<RunLength> length_before(const Json& before, const RunInputs& inputs,
                                       int64_t batch_size) {
  const auto train = before.find("train");
  if (train == before.end() || !train->is_object()) return std::nullopt;
  const Json steps = train->value("steps", Json()), epochs = train->value("epochs", Json());
  if (steps.is_number_integer()) {
    return run_length(inputs.sources, batch_size, steps.get<int64_t>(), {});
  }
  return run_length(inputs.sources, batch_size, {},
                    epochs.is_number() ? epochs.get<double>() : 1.0);
}

std::string text_of(const Config& config, double peak, int64_t step, int64_t before, int64_t now) {
  const TrainOptions& train = config.train;
  const auto rate = [&](int64_t update, int64_t steps) {
    return learning_rate(train.schedule, peak, update, std::vector<StepRange>{{0, steps}});
  };
  std::string text = str("the run has ", now, " steps now, not ", before);
  if (step == 0 || step >= now) return text;
  text += str("; the learning rate was ", significant(rate(step - 1, before), 3), " in step ", step,
              " and is ", significant(rate(step, now), 3), " in step ", step + 1);
  if (std::holds_alternative<ConstantRate>(train.schedule)) return text;
  return text + str(", as the schedule has it for the new length; this is not the run that ", now,
                    " steps from the start would have been");
}

// Of a run whose steps so far had `missing` groups less than steps have.
RunLength with_missing(RunLength length, bool by_steps, int64_t batch_size, int64_t missing) {
  if (by_steps) return {length.steps, length.steps * batch_size - missing};
  return {(length.groups + missing + batch_size - 1) / batch_size, length.groups};
}

bool counts_steps(const Json& config) { return !config["train"].value("steps", Json()).is_null(); }

}  // namespace

std::optional<std::string> lengthen(const Config& config, const RunInputs& inputs,
                                    TrainState& state, RunLength& length) {
  const int64_t batch_size = config.train.batches.batch_size;
  const bool by_steps = config.train.steps.has_value();
  const int64_t missing = state.sampler.short_by.value_or(0);
  std::optional<RunLength> before = length_before(state.facts.config, inputs, batch_size);
  if (before) {
    before = with_missing(*before, counts_steps(state.facts.config), batch_size, missing);
  }
  length = with_missing(length, by_steps, batch_size, missing);
  const bool ended = before && before->groups == state.sampler.groups;
  const int64_t now_missing = state.step * batch_size - state.sampler.groups;
  if (ended && length.groups > state.sampler.groups && now_missing > missing) {
    state.sampler.short_by = now_missing;
    length = with_missing(length, by_steps, batch_size, now_missing);
  }
  if (!before || before->steps == length.steps) return std::nullopt;
  return text_of(config, inputs.rates.lr, state.step, before->steps, length.steps);
}

}  // namespace laurel
