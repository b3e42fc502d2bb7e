// The mean of the weights of runs that began alike.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace laurel {

// Writes the mean of the weights (each tensor summed in fp64 and rounded to fp32 once; adapters merged) with
// all rows of the head, as an export that eval, score and export take. `models`: two runs or more,
// or checkpoints. What was measured of the parts' rewards (calibration, normalization) is left out.
// Returns lines to be printed. Throws Error: (usage) that names the two models and what differs,
// where they did not begin with the same backbone (hashes of run.json) and head (model.head,
// model.head_seed), or differ in config.json, tokenizer, chat template, or what reward_config.json
// says of text, head, losses or learned numbers; (checkpoint) as export_model().
std::vector<std::string> average_models(const std::vector<std::string>& models,
                                        const std::filesystem::path& output);

}  // namespace laurel
