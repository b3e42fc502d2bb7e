// What a loss says of itself beside its formula: the labels that it takes, and what it reads of
// them.
#pragma once

#include <cstdint>

#include "data/group.h"

namespace laurel {

// A loss has a constant `traits` of one of these types, which says what kind of labels it takes:
//   static constexpr PairTraits traits{.takes_ties = true};
// What it leaves out is no. A member that is true and names a function has that function.

struct PointwiseTraits {
  static constexpr LabelKind labels = LabelKind::pointwise;
  bool fixed_scale = false;  // scores mean what the loss says, so that they cannot be standardised
  bool score_problem = false;            // a function: scores that it cannot take
  bool initial_loss_parameters = false;  // a function: it learns numbers of its own
  bool prediction = false;               // a function: rewards are on another scale than scores
  bool probability = false;              // what it predicts is the probability of a yes
  int64_t columns_per_attribute = 1;     // 2: one for the log variance, and predicted_deviation()
};

// Rows with a field that their loss ignores are refused.
struct PairTraits {
  static constexpr LabelKind labels = LabelKind::pairwise;
  bool uses_margin = false;         // "margin" of a row
  bool needs_margin = false;        // every row must have it
  bool uses_strength = false;       // a function: whether "strength" is used depends on an option
  bool takes_ties = false;          // neither response is better
  bool takes_soft_targets = false;  // P(better) between 0 and 1
  bool initial_loss_parameters = false;  // a function: it learns numbers of its own
};

struct RankedTraits {
  static constexpr LabelKind labels = LabelKind::ranked;
  bool score_problem = false;  // a function: scores that it cannot take
};

// Those of a loss with its options. Only the member of its own kind is not empty.
struct LossTraits {
  const char* name = "";  // the JSON value of "type"
  LabelKind labels = LabelKind::pointwise;
  PointwiseTraits pointwise = {};
  PairTraits pair = {};
  RankedTraits ranked = {};
};

}  // namespace laurel
