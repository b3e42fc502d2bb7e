// Which rows several models have outcomes of: what one of them drops is dropped from all.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/sources/groups.h"
#include "eval/outcomes.h"

namespace laurel {

// A group of labelled files, whatever a model makes of its texts: where it is, a hash of its texts,
// and how many of the same stand before it (a row may be several groups).
struct RowKey {
  uint64_t id = 0, texts = 0;
  int64_t before = 0;
  auto operator<=>(const RowKey&) const = default;
};

// One model's outcomes of the files that all are compared on.
struct ComparedModel {
  std::string name;
  SplitOutcomes outcomes;
  std::vector<RowKey> rows = {};  // of each outcome
  int64_t groups = 0;             // that have outcomes
  int64_t not_in_all = 0;         // of them, left out because another model has none
};

// Of the groups of the split that `outcomes` are of.
ComparedModel compared_model(std::string name, const Groups& groups, SplitOutcomes outcomes);

// Leaves the same rows in all of them, in one order, with the origins of the last. Returns their
// number. Labels are of the same attributes, so that a row has as many outcomes in each.
int64_t keep_common_rows(std::span<ComparedModel> models);

}  // namespace laurel
