// An evaluation's slices: the main set of each, and which of them differ from the whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "eval/evaluate.h"
#include "eval/metric_sets.h"

namespace laurel {

// The groups of a split with the same value of a field, and the positions of their outcomes.
struct SliceMembers {
  std::string value;
  std::vector<int64_t> groups;
  std::vector<size_t> outcomes;
};

struct SliceField {
  std::string name;
  std::vector<SliceMembers> values = {};  // that have outcomes, by falling number of groups; 500
  int64_t left_out = 0;                   // more values, each with fewer
};

// Of every slice field of the split; `origins` of the outcomes, those of a group one after another.
std::vector<SliceField> slice_fields(const Split& split, const std::vector<Origin>& origins);

// Of every slice field of the split. `all` are the outcomes of all groups.
void add_slices(const Split& split, const Predictions& predictions, const SplitOutcomes& all,
                const SetOptions& options, Evaluation& evaluation);

}  // namespace laurel
