// Divides a row of the head, and all that was measured of its rewards.
#include "application/scale_outputs.h"

#include <algorithm>
#include <cmath>

#include "application/recorded_source.h"
#include "core/str.h"

namespace laurel {

namespace {

constexpr double kLeastDeviation = 1e-6;  // of the largest reward: fp32 rewards hold no less

constexpr const char* kScaleUnit = "--scale unit";

[[noreturn]] void refuse_scale(const std::string& what) {
  throw Error{ErrorKind::usage, str(kScaleUnit, ": ", what)};
}

void check_one_output(const Outputs& outputs) {
  if (outputs.weights.size() == 1) return;
  refuse_scale(str("found ", outputs.weights.size(), " outputs (", join(outputs.names, ", "),
                   "), expected one reward: --reward NAME or --combine SOURCE"));
}

// A sigmoid of a reward that is divided is another probability, in every program that takes it.
void check_losses(const RewardConfig& config) {
  for (const SourceRecord& source : config.sources) {
    const LossTraits of = traits(*source_model(config, source).loss);
    if (!of.pointwise.probability) continue;
    refuse_scale(
        str("found the source ", source.name, " with the loss ", of.name,
            ", whose rewards are log-odds of a yes, which programs read through a "
            "sigmoid; expected a head of another loss: divide where the rewards are used"));
  }
}

double largest_reward(const Normalization& of) {
  double largest = std::abs(of.mean.value);
  for (const auto& [name, value] : of.quantiles) largest = std::max(largest, std::abs(value));
  return largest;
}

constexpr const char* kMeasureFirst =
    "; laurel normalize MODEL ANSWERS... measures it on answers of the policy that training by RL "
    "begins with";

}  // namespace

bool can_be_unit(const Normalization& of) {
  return unit_deviation(of).value > kLeastDeviation * largest_reward(of);
}

UnitDeviation checked_deviation(const RewardConfig* config, const std::string& option,
                                const std::string& model) {
  if (!config || !config->normalization) {
    throw Error{ErrorKind::usage, str(option, ": found no normalization in reward_config.json of ",
                                      model, kMeasureFirst)};
  }
  const UnitDeviation unit = unit_deviation(*config->normalization);
  if (can_be_unit(*config->normalization)) return unit;
  throw Error{ErrorKind::usage,
              str(option, ": found ", unit.value, " for ", text_of(unit.group),
                  " (reward_config.json of ", model,
                  ": normalization), expected more than 0: the answers have equal rewards; measure "
                  "it on others")};
}

std::string scale_to_unit(Outputs& outputs, const std::string& model) {
  check_one_output(outputs);
  RewardConfig* const config = outputs.config ? &*outputs.config : nullptr;
  if (config && !config->normalization && !outputs.note.empty()) {
    refuse_scale(str("found no normalization of this output (", outputs.note,
                     ") in reward_config.json of ", model, kMeasureFirst,
                     ": of an export that has this output alone"));
  }
  const UnitDeviation unit = checked_deviation(config, kScaleUnit, model);
  check_losses(*config);
  const Normalization measured = *config->normalization;
  for (double& weight : outputs.weights[0]) weight /= unit.value;
  config->normalization = rescaled(measured, 0, unit.value);
  if (config->calibration) config->calibration = rescaled(*config->calibration, 0, unit.value);
  const double before = config->scale ? config->scale->divisor : 1;
  config->scale = {.divisor = before * unit.value, .deviation = unit.group};
  return str("the head is divided by ", unit.value, ", ", text_of(unit.group), " over ",
             count_text(measured.answers, "answer"), " to ", count_text(measured.prompts, "prompt"),
             "; the mean of the rewards, ", config->normalization->mean.value,
             " in the new unit, is left in");
}

void subtract_from_rewards(RewardConfig& config, double bias) {
  if (config.calibration) config.calibration = rescaled(*config.calibration, bias, 1);
  if (config.normalization) config.normalization = rescaled(*config.normalization, bias, 1);
}

}  // namespace laurel
