// A generated set of sources on which an audit says nothing, and faults planted in it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/json.h"
#include "curation/rows.h"

namespace laurel::test {

struct GeneratedSource {
  Format format = PairwiseFormat{};
  std::vector<Json> train, eval;
};

// By name: "pairs" (chosen and rejected), "arena" (response_a and response_b), "stars" (scores).
// Every row has who labelled it in "who"; some pairs have a second vote.
using GeneratedSet = std::map<std::string, GeneratedSource>;

GeneratedSet clean_set(uint64_t seed);

// A pair of texts of the same kind, the better one first.
Json generated_pair(uint64_t seed);

// The text in other case, punctuation and spacing, with a word more.
std::string nearly(const std::string& text);

// Writes the sources and reads them, with who labelled them.
CurationRows read_set(const GeneratedSet& set);

}  // namespace laurel::test
