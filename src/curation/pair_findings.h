// Findings about judgements: contradictions and cycles.
#pragma once

#include <vector>

#include "curation/finding.h"
#include "curation/preference_graph.h"
#include "curation/rows.h"

namespace laurel {

// By source: pairs whose judgements contradict each other, and those on which annotators disagree.
std::vector<Finding> contradiction_findings(const CurationRows& rows,
                                            const std::vector<ComparedPair>& pairs);

std::vector<Finding> cycle_findings(const CurationRows& rows,
                                    const std::vector<PreferenceCycle>& cycles);

}  // namespace laurel
