// Measures how far the rewards of a policy's answers lie apart, and stores it with the model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "application/compute.h"
#include "application/row_options.h"
#include "core/log.h"

namespace laurel {

struct NormalizeRequest {
  std::string model;                      // as a Scorer's
  std::vector<std::string> files;         // also folders and patterns
  std::optional<std::string> split = {};  // of the folders
  RowOptions rows;
  std::vector<std::string> segment_options = {};  // those given: a warning where no row has any
  int64_t bad_rows = 0;                           // without a reward that may be left out
  std::optional<Precision> precision = {};        // asked for; none: the model's own
};

// Writes it into reward_config.json and README.md of the model's folder; of a run's, of final/,
// export/ and adapter/. Rows need no labels; every answer of a row counts, an answer of segments by
// its reduced reward. Returns what was found, in lines. Throws Error: (usage) as copies_of(), (data)
// where more rows than `bad_rows` lack a reward, or there are fewer than two.
std::string normalize_files(const NormalizeRequest& request, const Compute& compute, Log& log);

}  // namespace laurel
