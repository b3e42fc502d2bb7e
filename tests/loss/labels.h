// Labels from plain lists, and every loss with labels to try it on.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "data/batch.h"
#include "loss/loss.h"

namespace laurel {

inline at::Tensor numbers(const std::vector<double>& values) {
  return at::tensor(values, at::kDouble);
}

// Rewards (R, 1) in fp64 that record a gradient.
inline at::Tensor reward_rows(const std::vector<double>& values) {
  return numbers(values).unsqueeze(1).requires_grad_();
}

struct Pair {
  int64_t better, worse;
  double margin = 0, target = 1, weight = 1, strength = 1, tie = 0;
};

inline PairwiseLabels pair_labels(const std::vector<Pair>& pairs) {
  std::vector<int64_t> better, worse;
  std::vector<double> margin, strength, target, tie, weight;
  for (const Pair& pair : pairs) {
    better.push_back(pair.better);
    worse.push_back(pair.worse);
    margin.push_back(pair.margin);
    strength.push_back(pair.strength);
    target.push_back(pair.target);
    tie.push_back(pair.tie);
    weight.push_back(pair.weight);
  }
  return {.better = at::tensor(better, at::kLong),
          .worse = at::tensor(worse, at::kLong),
          .margin = numbers(margin),
          .strength = numbers(strength),
          .target = numbers(target),
          .tie = numbers(tie),
          .weight = numbers(weight)};
}

struct Rating {
  int64_t row;
  double score, weight = 1;
};

inline PointwiseLabels rating_labels(const std::vector<Rating>& ratings) {
  std::vector<int64_t> rows;
  std::vector<double> score, weight;
  for (const Rating& rating : ratings) {
    rows.push_back(rating.row);
    score.push_back(rating.score);
    weight.push_back(rating.weight);
  }
  return {.rows = at::tensor(rows, at::kLong),
          .score = numbers(score).unsqueeze(1),
          .weight = numbers(weight).unsqueeze(1)};
}

inline std::vector<Loss> all_losses() {
  return {BradleyTerry{}, BradleyTerry{.label_smoothing = 0.1, .pull = {.center = 0.05}},
          Hinge{},        Hinge{.margin = 0.3},
          SquaredError{}, AbsoluteError{},
          Huber{},        Huber{.delta = 0.3}};
}

// Labels of the loss's kind over at least five rows, with uneven weights, one of them 0.
inline Labels some_labels(const Loss& loss) {
  if (label_kind(loss) == LabelKind::pairwise) {
    return pair_labels({{0, 1, 0.5, 1, 1}, {2, 1, 0, 0.8, 2}, {3, 4, 0, 1, 0}, {4, 0, 0, 1, 0.5}});
  }
  return rating_labels({{0, 0.1, 1}, {1, -0.7, 2}, {3, 5, 0}, {4, 0.2, 0.5}});
}

}  // namespace laurel
