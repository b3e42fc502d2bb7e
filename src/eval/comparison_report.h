// What a comparison of models found, as a table and as JSON.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/json.h"
#include "eval/model_comparison.h"

namespace laurel {

// What a model made of the rows that it was given.
struct ModelCoverage {
  std::map<std::string, int64_t> reasons = {};  // rows that it drops, with counts
  int64_t not_in_all = 0;                       // more rows, that only another model drops
  std::string weights = {};                     // as Evaluation::weights
};

struct ComparedRows {
  std::string source;
  int64_t rows = 0;      // of the files
  int64_t compared = 0;  // that all models have
  std::vector<ModelCoverage> models = {};
};

// "A", "B", ... "Z", "M27", ...: a model in tables.
std::string model_letter(size_t model);

// Whether a difference is not 0 beyond chance: of the compared metric in the whole set, or in a slice.
// nullopt where nothing says so: it has no interval, or one of fewer than kMinUnits units.
std::optional<bool> beyond_chance(const ModelComparison& comparison, size_t model);
std::optional<bool> beyond_chance(const ModelComparison& comparison, const SliceOfModels& slice,
                                  size_t model);

// Aligned lines: what is compared, then for each model but the first its metrics beside the first's,
// their differences, and what has flipped; slices; and what differs beyond chance.
std::string comparison_table(const ModelComparison& comparison, const ComparedRows& rows);

// docs/metrics.md#comparing-models has its keys. time: Unix seconds.
Json comparison_json(const ModelComparison& comparison, const ComparedRows& rows, double time);

}  // namespace laurel
