// What two models decide differently: which of two answers is the better one, or which label a
// response has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "eval/outcomes.h"

namespace laurel {

// A decision of which people say how it should be: a pair with a winner, two responses of a list
// that people rank differently, or a labelled cell.
struct Decision {
  size_t outcome;                   // position in origins()
  double margin;                    // > 0: the model is right, < 0: wrong, 0: it does not decide
  int32_t better = -1, worse = -1;  // of a list: positions in its ListOutcome
};

// Of pairs, by the difference of rewards; of lists, of all pairs of ranks that differ, likewise; of
// `labels`, by prediction - 1/2. Of other scores, which are neither right nor wrong, none.
std::vector<Decision> decisions_of(const SplitOutcomes& outcomes, bool labels);
std::vector<Decision> decisions_of(const Outcomes<PairOutcome>& pairs);

// Decisions by what the first model makes of them, and what the other: the table of McNemar's test.
struct FlipCounts {
  int64_t both_right = 0, both_wrong = 0;
  int64_t lost = 0;       // right in the first, wrong in the other
  int64_t gained = 0;     // wrong in the first, right in the other
  int64_t undecided = 0;  // in one of them at least

  int64_t all() const { return both_right + both_wrong + lost + gained + undecided; }
};

// Of the same decisions of two models.
FlipCounts count_flips(std::span<const Decision> first, std::span<const Decision> other);

// One that is lost or gained, and the margins of both models, each in units of the root mean square
// of its own: rewards of two models have no common scale.
struct Flip {
  size_t decision;
  double first, other;

  bool gained() const { return other > 0; }
};

// At most `most`, the largest changes of the margin first.
std::vector<Flip> largest_flips(std::span<const Decision> first, std::span<const Decision> other,
                                size_t most);

}  // namespace laurel
