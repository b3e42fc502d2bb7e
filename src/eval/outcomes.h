// What a split's labels and the model's rewards say together, one outcome per labelled thing.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/sources/source.h"
#include "eval/bootstrap.h"
#include "eval/list_metrics.h"
#include "eval/pair_metrics.h"
#include "eval/rating_metrics.h"

namespace laurel {

// Of all rows of a split, in the order of its groups, their responses and reads.
// A attributes, row-major.
struct Predictions {
  int64_t attributes = 1;
  std::vector<int64_t> first_position;  // by group
  std::vector<double> combined;         // (P): what pairs and lists compare
  std::vector<double> reward;           // (P, A): columns of the head
  std::vector<double> prediction;       // (P, A): in the units of the scores
  std::vector<double> deviation;  // (P, A), as predicted, in the units of the scores; or empty
};

// One labelled row and attribute. Those of a response and attribute follow one another in others of
// the same attribute.
struct Cell {
  RatingOutcome rating;
  double reward;
  double predicted_deviation = 0;   // deviation; 0: none is predicted
  double annotator_deviation = -1;  // deviation of the annotators; -1: not known
  int64_t attribute = 0;
  int64_t length = 0;
  int32_t index = 0;                    // of the segment in its response
  bool last = true;                     // the last labelled one of its response and attribute
  std::vector<double> covariates = {};  // of the response
};

template <class T>
struct Outcomes {
  std::vector<T> values;
  std::vector<Origin> origins;

  int64_t size() const { return static_cast<int64_t>(values.size()); }
  void add(T value, const Origin& origin) {
    values.push_back(std::move(value));
    origins.push_back(origin);
  }
};

// A source has one kind of them.
struct SplitOutcomes {
  Outcomes<PairOutcome> pairs;
  Outcomes<ListOutcome> lists;
  Outcomes<Cell> cells;
  bool segments = false;          // some response has several rows
  int64_t unlabelled_groups = 0;  // whose labels all have weight 0
  int64_t tied_groups = 0;        // lists in which no response is better than another
  int64_t unlabelled_cells = 0;   // of the other groups

  // Of the kind that there is, in the order of the groups.
  const std::vector<Origin>& origins() const {
    if (pairs.size() > 0) return pairs.origins;
    return lists.size() > 0 ? lists.origins : cells.origins;
  }
};

// Of these groups. Weights are left out, but weight 0 counts as not labelled.
SplitOutcomes collect_outcomes(const Split& split, const Predictions& predictions,
                               std::span<const int64_t> groups);

// one - other; {} where there are none.
std::vector<double> difference(const std::vector<double>& one, const std::vector<double>& other);

// Those at these positions of origins(), in this order; the counts of other groups stay as they are.
SplitOutcomes selected(const SplitOutcomes& all, std::span<const size_t> positions);

}  // namespace laurel
