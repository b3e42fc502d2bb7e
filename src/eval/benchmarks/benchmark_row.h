// One row of a published benchmark: what is scored, and which answers are right.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "eval/statistics.h"

namespace laurel {

struct BenchmarkRow {
  std::string where;                 // "file:line", for messages
  std::string id;                    // no other row has it; "" where the benchmark has none
  Json prompt;                       // a string, or a list of messages
  std::vector<std::string> answers;  // in the order in which the benchmark presents them
  std::vector<bool> right;           // of each answer
  std::string subset;                // in the benchmark's own words; "" where it has none
  std::string unit;                  // the bootstrap draws rows of one unit together: the prompt
  Json record;                       // what the benchmark's file of results has of the row
};

struct ScoredBenchmarkRow {
  BenchmarkRow row;
  std::vector<double> rewards;  // of its answers
};

// Metrics of rows, each of which is one outcome.
struct BenchmarkSet {
  std::string name, title;  // "of Ties", after the number of rows; "": all
  Metrics metrics;
  std::optional<std::vector<size_t>> rows = {};  // their numbers; none: all
};

// How many outcomes the set has, of all rows.
inline size_t outcomes_of(const BenchmarkSet& set, size_t all) {
  return set.rows ? set.rows->size() : all;
}

}  // namespace laurel
