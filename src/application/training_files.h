// Files that a model was trained on, known by the hashes in its reward_config.json.
#pragma once

#include <string>
#include <vector>

#include "application/file_hashes.h"
#include "checkpoint/reward_config.h"
#include "config/config.h"
#include "core/log.h"

namespace laurel {

struct TrainingFile {
  std::string file, source;  // the source of the training run
};

// Those of the files that the model was trained on, in their order. Pipes, which can be read only
// once, are none.
std::vector<TrainingFile> training_files(const RewardConfig& model,
                                         const std::vector<std::string>& files, FileHashes& hashes);

// The same of what a run is to be trained on: files with the same bytes.
std::vector<TrainingFile> training_files(const std::vector<SourceConfig>& sources,
                                         const std::vector<std::string>& files);

// Whether the model names the files that it was trained on.
bool names_training_files(const RewardConfig& model);

// What is measured on rows that the model was trained on says little about others.
enum class TrainingRows { warn, refuse };

// Warns of the files that the model was trained on, or throws Error (usage) for the first of them.
void check_training_files(const RewardConfig& model, const std::vector<std::string>& files,
                          TrainingRows rows, FileHashes& hashes, Log& log);

}  // namespace laurel
