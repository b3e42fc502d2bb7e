// sample_rows.json of a run folder: a few tokenised rows, by which an export in a narrower type
// shows what that type changes. They stay with the run: final/ and exports are published.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/group.h"

namespace laurel {

// Groups: at most, and at least where so many tokens are more.
constexpr size_t kSampleRows = 64, kFewestSampleRows = 32;
constexpr int64_t kSampleTokens = 8192;

struct SampleRows {
  std::string split;                 // "eval" or "train"
  std::vector<std::string> sources;  // by SourceId
  std::vector<Group> groups;
};

// The file is complete or not there at all. Throws Error (checkpoint).
void write_sample_rows(const std::filesystem::path& path, const SampleRows& rows);

// nullopt: there is no such file. Throws Error (checkpoint) for one that holds anything else, also
// ids that a vocabulary of this size does not have.
std::optional<SampleRows> read_sample_rows(const std::filesystem::path& path, int64_t vocab_size);

}  // namespace laurel
