// What the guards found about labels: which response is better, and lists of scores.
#pragma once

#include "data/sources/guards.h"

namespace laurel {

// Notes say how often the first, the longer, and the one with the higher of two scores of the row is
// better; warnings, where labels seem turned round, or places of a list seem to be attributes.
void add_label_findings(const GuardTally& tally, const GuardContext& context, GuardFindings& out);

}  // namespace laurel
