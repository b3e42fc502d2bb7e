// What was measured of a model's rewards, stored with the model: in reward_config.json of all
// folders that hold it, and in their model cards.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "application/scorer.h"
#include "checkpoint/reward_config.h"
#include "checkpoint/run_lock.h"
#include "core/log.h"

namespace laurel {

// Where such numbers are stored: of a run all folders of its trained model.
struct ModelCopies {
  std::vector<std::filesystem::path> folders;  // the first is the one that is loaded
  std::optional<std::filesystem::path> run;
  std::unique_ptr<RunLock> lock = {};  // of the run, until the numbers are stored
};

// Throws Error (usage) for a head of several rows, and for a model that is not in a folder of
// laurel's own, (checkpoint) for a run that goes on. `numbers`: what is to be stored, "a calibration"; `instead`: what a model of others
// has in its place.
ModelCopies copies_of(const std::string& model, const std::string& numbers,
                      const std::string& instead);

// A bias of the head is in final/ and not in an export: numbers about rewards, not about their
// differences, would differ by it. Leaves the copies without it out, with a warning: "not
// calibrated".
void leave_out_without_bias(ModelCopies& copies, const Scorer& scorer, const std::string& done,
                            Log& log);

// Changes the copies' reward_config.json, and what their README.md says of its scale. Returns a
// line for each: "stored in run/final/reward_config.json\n". Throws Error (checkpoint).
std::string store(const ModelCopies& copies, const std::function<void(RewardConfig&)>& change);

}  // namespace laurel
