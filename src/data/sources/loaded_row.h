// A row of a file, tokenised, and what became of it.
#pragma once

#include <cstdint>
#include <vector>

#include "data/group.h"
#include "data/pooling.h"
#include "data/records/annotator_scores.h"
#include "data/records/example.h"
#include "data/sources/groups.h"

namespace laurel {

// merged and those after it come from pairs_from_scores. merged: used, in the group of another row.
enum class Outcome {
  used,
  bad,
  over_length,
  identical,
  filtered,
  merged,
  no_pair,
  weight_0,
  max_responses
};

struct LoadedRow {
  Outcome outcome = Outcome::used;
  Group group;  // of rows that are not used: id and prompt hash; of bad and filtered rows: id
  std::vector<ResponseStats> stats;
  AnnotatorScores annotator_scores;  // AnnotatorScore::annotator: a number in the file's list
  bool truncated = false, special_text = false;
  bool presented_order = false;  // a pair's responses come in the order in which people saw them
};

struct EncodedExample;

// used, over_length or identical.
Outcome outcome_of(const EncodedExample& encoded, const Pooling& pooling);

// Without id. Takes what the row keeps out of the two.
LoadedRow loaded_row(Outcome outcome, Example& example, EncodedExample& encoded);

}  // namespace laurel
