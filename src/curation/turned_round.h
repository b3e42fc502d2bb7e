// Turned round: sources whose labels say the opposite of what the others say.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "curation/finding.h"
#include "curation/preference_graph.h"
#include "curation/rows.h"

namespace laurel {

// A source, or a file of a source that has several, beside all others.
struct SourceAccord {
  std::string name, source;
  int64_t judgements = 0;
  // Of its judgements of pairs that others judge too, those that agree with them.
  Share same_pairs;
  // Of its judgements, those that a linear model of the words of the responses gets right: learned
  // from the others' judgements, and from the other half of its own prompts.
  Share by_others, by_own;
};

// Train rows with judgements; one for each source or file that has a hundred, where there are two such
// or more, or judges twenty pairs that others judge too. `pairs` are
// compared_pairs() of train.
std::vector<SourceAccord> source_accords(const CurationRows& rows,
                                         const std::vector<ComparedPair>& pairs);

std::vector<Finding> turned_round_findings(const std::vector<SourceAccord>& accords);

}  // namespace laurel
