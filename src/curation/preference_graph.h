// Preference graph: the judgements of all rows about the responses of one prompt, as edges from the
// better to the worse response.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "curation/rows.h"

namespace laurel {

// What rows say of two responses of a prompt.
struct ComparedPair {
  uint32_t prompt = 0, first = 0, second = 0;             // numbers of texts, first < second
  std::vector<size_t> first_better, second_better, ties;  // rows
};

// Every two responses that some row compares, by prompt; rows of train, or of eval.
std::vector<ComparedPair> compared_pairs(const CurationRows& rows, bool eval);

// Rows prefer the one and the other.
bool is_contradictory(const ComparedPair& pair);

// The two directions come from different people, and every row says from whom: votes.
bool are_votes(const ComparedPair& pair, const CurationRows& rows);

// Responses that are each preferred to the next, and the last to the first.
struct PreferenceCycle {
  uint32_t prompt = 0;
  std::vector<uint32_t> responses;  // a shortest cycle of its component
  std::vector<size_t> rows;         // one that prefers responses[i] to responses[i + 1]
  int64_t component = 0;            // responses that are in cycles with these
};

// One for each set of three or more responses that can all be reached from each other by more votes
// for than against; ties and even votes are no edge. `pairs` as compared_pairs() gives them.
std::vector<PreferenceCycle> preference_cycles(const std::vector<ComparedPair>& pairs);

}  // namespace laurel
