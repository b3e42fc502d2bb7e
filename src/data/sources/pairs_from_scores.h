// pairs_from_scores: makes pairs of the scored responses to one prompt.
#pragma once

#include <cstdint>
#include <vector>

#include "data/pooling.h"
#include "data/sources/loaded_row.h"
#include "data/sources/source.h"

namespace laurel {

struct PairsReport {
  int64_t prompts = 0, responses = 0, pairs = 0;  // that are used
  int64_t repeated = 0;                           // responses merged with an equal one
  int64_t capped = 0;  // prompts with more than max_responses different responses
};

// Makes of the used rows of a prompt one group (of ranked rows: of each row), in the place of the
// first of them: its different responses that are in a pair, and a preference for every two whose
// scores differ by min_gap or more. Equal responses become one with the weighted mean score and the
// sum of the weights. The other rows become merged, no_pair, weight_0 or max_responses.
PairsReport make_pairs_from_scores(std::vector<LoadedRow>& rows, const PairsFromScores& options,
                                   const Pooling& pooling = {});

// The same of a split's groups, prompt by prompt; the groups that it makes are in a temporary file.
PairsReport make_pairs_from_scores(Split& split, const PairsFromScores& options,
                                   const Pooling& pooling = {});

}  // namespace laurel
