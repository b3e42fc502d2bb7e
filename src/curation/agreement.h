// Agreement of the annotators of a source.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "curation/finding.h"
#include "curation/preference_graph.h"
#include "curation/rows.h"

namespace laurel {

struct SourceAgreement {
  std::string source, attribute;  // attribute: "" of pairs and of a single score
  int64_t annotators = 0;         // 0: rows do not say who
  int64_t units = 0;              // responses, or pairs of responses, with two labels or more
  // Of pairs: of two people's judgements of one pair, those that are equal.
  Share equal;
  // Krippendorff's alpha: interval for scores. For judgements nominal (better, worse, tie), with
  // better and worse expected equally often, as the order of two responses means nothing.
  std::optional<double> alpha;
};

// Sources with several labels of one response or pair; judgements only where rows name annotators.
std::vector<SourceAgreement> agreements(const CurationRows& rows,
                                        const std::vector<ComparedPair>& pairs);

}  // namespace laurel
