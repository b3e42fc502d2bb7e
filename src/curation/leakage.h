// Leakage: texts of train rows that stand in eval rows too.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "curation/min_hash.h"
#include "curation/rows.h"

namespace laurel {

struct Leakage {
  int64_t eval_rows = 0;
  // (eval row, a train row that has it), one for each eval row, in order; each eval row is in the
  // first list that fits.
  using Rows = std::vector<std::pair<size_t, size_t>>;
  Rows whole;         // the prompt and all responses
  Rows prompts;       // the prompt
  Rows near_prompts;  // a prompt that differs in case, punctuation or spacing, or is near to it
  Rows responses;     // a response of 8 words or more, to another prompt
};

// `similar` as similar_prompts() gives it.
Leakage find_leakage(const CurationRows& rows, const Similarity& similar);

}  // namespace laurel
