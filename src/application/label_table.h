// What the labels of a run's sources are: a table, a line for each source, part and attribute.
#pragma once

#include <span>
#include <string>

#include "data/sources/source.h"

namespace laurel {

// How many there are; of scores and margins the least, the mean and the largest; how many are ties,
// and how many pairs prefer the first response. Scores and margins are as the rows have them, scores
// of a scaled source as it is trained on.
std::string label_table(std::span<const SourceData> sources);

// "response 1 is better, margin 0.5"; "scores 3, 4"; "ranks 1, 2, 2": of one group.
std::string label_text(const Label& label);

}  // namespace laurel
