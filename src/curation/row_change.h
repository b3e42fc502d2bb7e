// How a pair's new label is written into its row, in the row's own fields.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/json.h"
#include "data/sources/source.h"

namespace laurel {

// What the fields of a source's pairs are called in its files.
struct PairKeys {
  std::string chosen, rejected, response_a, response_b, preferred, preference, tie, votes_a,
      votes_b, votes_tie, margin, strength;
  bool made = false;  // some of them by expressions, which cannot be written back
};
PairKeys pair_keys(const SourceOptions& source);

// The row's text with its label turned round, which called the response `better` (0 or 1) better for
// sure. "chosen" and "rejected" change places, "preferred" names the other response, votes change
// places, and a "preference" of 1 becomes 0. "margin" and "strength" become null: they said how much
// better the other one is. What else the row has keeps its bytes, and its keys, so that a name in
// `fields` is still one that rows have. Throws Error (usage) for pairs that expressions made, as
// softened_row does.
std::string flipped_row(std::string_view text, const Json& row, const PairKeys& keys, int better);

// The row's text with the probability that its first response ("chosen" or "response_a") is better
// as its "preference"; its other labels become null. `turned`: that is no longer the response
// that the label called better, so that margin and strength become null as well.
std::string softened_row(std::string_view text, const Json& row, const PairKeys& keys,
                         double first_wins, bool turned);

}  // namespace laurel
