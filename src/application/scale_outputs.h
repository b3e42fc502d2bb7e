// An export whose rewards have the deviation 1, by the numbers that `laurel normalize` has stored.
#pragma once

#include <array>
#include <string>

#include "checkpoint/outputs.h"

namespace laurel {

enum class OutputScale { trained, unit };
constexpr auto enum_names(OutputScale) { return std::array{"trained", "unit"}; }

// Divides the only output by unit_deviation() of its normalization, in fp64 and rounded once, and
// rewrites what reward_config.json says of rewards: calibration and normalization, and the divisor,
// by which scores are still predicted as before. A shift is not taken away: a head has no bias in
// most classes of transformers. Returns what was done, to be printed. Throws Error (usage) where
// there are several outputs, a source whose rewards are read as probabilities
// (binary_cross_entropy), no stored numbers, or a deviation of 0. `model` is for messages.
std::string scale_to_unit(Outputs& outputs, const std::string& model);

// Whether unit_deviation() is above 0, also in fp32.
bool can_be_unit(const Normalization& of);

// unit_deviation() of the numbers that a model has stored, which must be above 0. Throws Error
// (usage) that begins with `option` and names the model. `config`: nullptr for a model without one.
UnitDeviation checked_deviation(const RewardConfig* config, const std::string& option,
                                const std::string& model);

// The same rewards lower by `bias`, which an export leaves out.
void subtract_from_rewards(RewardConfig& config, double bias);

}  // namespace laurel
