// Compares hashes with those that reward_config.json has of the training files.
#include "application/training_files.h"

#include <algorithm>
#include <filesystem>

#include "core/error.h"
#include "core/files.h"
#include "core/str.h"

namespace laurel {

bool names_training_files(const RewardConfig& model) {
  return std::ranges::any_of(
      model.sources, [](const SourceRecord& source) { return !source.train_sha256.empty(); });
}

std::vector<TrainingFile> training_files(const RewardConfig& model,
                                         const std::vector<std::string>& files,
                                         FileHashes& hashes) {
  std::vector<TrainingFile> found;
  if (!names_training_files(model)) return found;
  for (const std::string& file : files) {
    const std::string* const sha256 = hashes.of(file);
    if (!sha256) continue;
    const auto source = std::ranges::find_if(model.sources, [&](const SourceRecord& of) {
      return std::ranges::find(of.train_sha256, *sha256) != of.train_sha256.end();
    });
    if (source != model.sources.end()) found.push_back({file, source->name});
  }
  return found;
}

static bool have_same_bytes(const std::string& a, const std::string& b) {
  std::error_code ignored;
  const auto is_file = [&](const std::string& name) {
    return std::filesystem::is_regular_file(name, ignored);
  };
  return is_file(a) && is_file(b) &&
         std::filesystem::file_size(a, ignored) == std::filesystem::file_size(b, ignored) &&
         sha256_of_file(a) == sha256_of_file(b);
}

std::vector<TrainingFile> training_files(const std::vector<SourceConfig>& sources,
                                         const std::vector<std::string>& files) {
  std::vector<TrainingFile> found;
  for (const std::string& file : files) {
    const auto source = std::ranges::find_if(sources, [&](const SourceConfig& of) {
      return std::ranges::any_of(of.source.train, [&](const Path& trained) {
        return have_same_bytes(trained.value, file);
      });
    });
    if (source != sources.end()) found.push_back({file, source->source.name});
  }
  return found;
}

void check_training_files(const RewardConfig& model, const std::vector<std::string>& files,
                          TrainingRows rows, FileHashes& hashes, Log& log) {
  for (const TrainingFile& of : training_files(model, files, hashes)) {
    const std::string found = str(of.file, " is a file that the model was trained on (source ",
                                  of.source, ", by its hash)");
    if (rows == TrainingRows::refuse) {
      throw Error{ErrorKind::usage, str(found,
                                        "; expected rows that it has not seen, as its rewards are "
                                        "surer on these; --force takes them all the same")};
    }
    log.warn(str(found,
                 ": this says how well it has learned these rows, not how well it judges "
                 "others"));
  }
}

}  // namespace laurel
