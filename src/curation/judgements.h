// Judgements: what a row's label says of two of its responses at a time.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "curation/rows.h"

namespace laurel {

struct Judgement {
  uint32_t better = 0, worse = 0;  // numbers of texts; of a tie the smaller number first
  bool tie = false;
  auto operator<=>(const Judgement&) const = default;
};

// Of pairs and lists; of a list all comparisons of two ranked responses. Sorted, each once. None of
// ratings, of rows of weight 0, and of equal texts.
std::vector<Judgement> judgements_of(const CurationRow& row);

// Rows of the same texts do not contradict each other: the same judgements, or the same scores where both
// have one. Neither margins, probabilities nor weights count, only who is better; a row of weight 0
// contradicts none.
bool same_label(const CurationRow& a, const CurationRow& b);

// One of them says nothing that the other does not: all numbers of their labels are equal.
bool equal_label(const CurationRow& a, const CurationRow& b);

// Whether the row contradicts one of `others`: positions of rows with its texts, one for each label. One alone
// does not stand for all, since a row of weight 0 contradicts none.
bool contradicts(const CurationRows& rows, const std::vector<size_t>& others, size_t row);

// Adds the row to `others` where none of them has its label.
void add_label(const CurationRows& rows, size_t row, std::vector<size_t>& others);

}  // namespace laurel
