// Findings about rows: malformed, identical, repeated, leaked.
#pragma once

#include <vector>

#include "curation/duplicates.h"
#include "curation/finding.h"
#include "curation/leakage.h"
#include "curation/rows.h"

namespace laurel {

std::vector<Finding> malformed_findings(const CurationRows& rows);
std::vector<Finding> identical_findings(const CurationRows& rows);  // that compare equal responses
std::vector<Finding> duplicate_findings(const CurationRows& rows, const Duplicates& found);
std::vector<Finding> similar_prompt_findings(const CurationRows& rows, const Similarity& similar);
std::vector<Finding> leakage_findings(const CurationRows& rows, const Leakage& leakage);

}  // namespace laurel
