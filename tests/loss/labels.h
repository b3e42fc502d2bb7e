// Labels from plain lists, and every loss with labels and columns to try it on.
#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "data/batch.h"
#include "loss/loss.h"

namespace laurel {

inline at::Tensor numbers(const std::vector<double>& values) {
  return at::tensor(values, at::kDouble);
}

// Rewards (R, 1) in fp64 that record a gradient.
inline at::Tensor reward_column(const std::vector<double>& values) {
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
  int64_t position;
  double score, weight = 1;
};

inline PointwiseLabels rating_labels(const std::vector<Rating>& ratings) {
  std::vector<int64_t> positions;
  std::vector<double> score, weight;
  for (const Rating& rating : ratings) {
    positions.push_back(rating.position);
    score.push_back(rating.score);
    weight.push_back(rating.weight);
  }
  return {.positions = at::tensor(positions, at::kLong),
          .score = numbers(score).unsqueeze(1),
          .weight = numbers(weight).unsqueeze(1)};
}

// A list; without scores, a score is the number of ranked responses with a worse rank.
struct List {
  std::vector<int64_t> positions, rank;
  std::vector<double> score = {};
  double weight = 1;
};

inline RankedLabels list_labels(const std::vector<List>& lists) {
  size_t longest = 0;
  for (const List& list : lists) longest = std::max(longest, list.positions.size());
  const auto size = {static_cast<int64_t>(lists.size()), static_cast<int64_t>(longest)};
  RankedLabels labels{.positions = at::zeros(size, at::kLong),
                      .rank = at::full(size, -1, at::kLong),
                      .score = at::zeros(size, at::kDouble),
                      .weight = at::zeros(static_cast<int64_t>(lists.size()), at::kDouble)};
  for (size_t n = 0; n < lists.size(); ++n) {
    const List& list = lists[n];
    for (size_t k = 0; k < list.positions.size(); ++k) {
      double behind = 0;
      for (const int64_t other : list.rank) behind += list.rank[k] > 0 && other > list.rank[k];
      const auto i = static_cast<int64_t>(n), j = static_cast<int64_t>(k);
      labels.positions[i][j] = list.positions[k];
      labels.rank[i][j] = list.rank[k];
      labels.score[i][j] = list.score.empty() ? behind : list.score[k];
    }
    labels.weight[static_cast<int64_t>(n)] = list.weight;
  }
  return labels;
}

inline std::vector<Loss> all_losses() {
  return {BradleyTerry{},
          BradleyTerry{.label_smoothing = 0.1, .scaled = true, .regularizer = {.center = 0.05}},
          Hinge{},
          Hinge{.margin = 0.3, .regularizer = {.l2 = 0.1}},
          Focal{},
          Focal{.gamma = 1.5, .fade = Fade::all},
          MarginSquaredError{},
          RaoKupper{},
          Davidson{},
          Davidson{.regularizer = {.center = 0.1, .l2 = 0.2}},
          SquaredError{},
          SquaredError{.regularizer = {.l2 = 0.3}},
          AbsoluteError{},
          Huber{},
          Huber{.delta = 0.3},
          Quantile{.level = 0.9},
          BinaryCrossEntropy{},
          Ordinal{},
          Ordinal{.lowest = 0, .levels = 2},
          Gaussian{},
          PlackettLuce{},
          PlackettLuce{.ties = ChoiceTies::breslow, .regularizer = {.center = 0.1, .l2 = 0.2}},
          PlackettLuce{.top_k = 2},
          PlackettLuce{.position_weighting = PositionWeighting::exponential},
          PlackettLuce{.position_weighting = PositionWeighting::discount},
          AllPairs{},
          AllPairs{.ties = PairTies::half},
          ListNet{},
          ListNet{.temperature = 2},
          Lambda{},
          Lambda{.weighting = PairWeighting::ndcg2, .gain = Gain::linear},
          Lambda{.weighting = PairWeighting::lambda_rank, .sigma = 2, .top_k = 2},
          AdrMse{},
          AdrMse{.alpha = 2}};
}

// Whether the loss also sees where rewards lie.
inline bool is_regularized(const Loss& loss) {
  return std::visit(
      [](const auto& l) {
        if constexpr (requires { l.regularizer.center; })
          return l.regularizer.center > 0 || l.regularizer.l2 > 0;
        return l.regularizer.l2 > 0;
      },
      loss);
}

// Labels of the loss's kind over five positions, with uneven weights, one of them 0.
inline Labels example_labels(const Loss& loss) {
  if (traits(loss).labels == LabelKind::pairwise) {
    return pair_labels({{.better = 0, .worse = 1, .margin = 0.5, .strength = 2},
                        {.better = 2, .worse = 1, .target = 0.6, .weight = 2, .tie = 0.3},
                        {.better = 3, .worse = 4, .weight = 0},
                        {.better = 4, .worse = 0, .weight = 0.5}});
  }
  if (traits(loss).labels == LabelKind::ranked) {
    return list_labels({{.positions = {0, 1, 2, 3}, .rank = {2, 1, 2, 4}, .weight = 2},
                        {.positions = {1, 4, 3}, .rank = {1, -1, 2}},
                        {.positions = {2, 3, 4}, .rank = {1, 1, 1}, .weight = 0.5},
                        {.positions = {2, 3}, .rank = {1, 2}, .weight = 0}});
  }
  return rating_labels({{0, 1, 1}, {1, 0, 2}, {3, 5, 0}, {4, 1, 0.5}});
}

inline Labels no_labels(const Loss& loss) {
  if (traits(loss).labels == LabelKind::pairwise) return pair_labels({});
  if (traits(loss).labels == LabelKind::ranked) return list_labels({});
  return rating_labels({});
}

// Everything that a loss is differentiated by.
struct Inputs {
  std::vector<double> reward, log_variance, loss_parameters;

  std::vector<double*> all() {
    std::vector<double*> pointers;
    for (auto* part : {&reward, &log_variance, &loss_parameters}) {
      for (double& number : *part) pointers.push_back(&number);
    }
    return pointers;
  }
};

inline Inputs inputs_for(const Loss& loss, std::vector<double> reward) {
  Inputs inputs{.reward = std::move(reward), .loss_parameters = initial_loss_parameters(loss, 1)};
  if (traits(loss).pointwise.columns_per_attribute == 2) {
    for (size_t i = 0; i < inputs.reward.size(); ++i) {
      inputs.log_variance.push_back(0.4 * static_cast<double>(i) - 0.7);
    }
  }
  for (size_t i = 0; i < inputs.loss_parameters.size(); ++i) {
    inputs.loss_parameters[i] += 0.3 - 0.2 * static_cast<double>(i);
  }
  return inputs;
}

// In fp64, recording gradients.
inline RewardColumns columns_of(const Inputs& inputs) {
  RewardColumns columns{.reward = reward_column(inputs.reward)};
  if (!inputs.log_variance.empty()) columns.log_variance = reward_column(inputs.log_variance);
  if (!inputs.loss_parameters.empty())
    columns.loss_parameters = numbers(inputs.loss_parameters).requires_grad_();
  return columns;
}

inline double value_at(const Loss& loss, const Labels& labels, const Inputs& inputs) {
  return objective(loss, labels, columns_of(inputs)).item<double>();
}

// By reward, log_variance and loss_parameters, one behind the other.
inline std::vector<double> gradient_at(const Loss& loss, const Labels& labels,
                                       const Inputs& inputs) {
  const RewardColumns columns = columns_of(inputs);
  objective(loss, labels, columns).backward();
  std::vector<double> gradient;
  for (const at::Tensor& input : {columns.reward, columns.log_variance, columns.loss_parameters}) {
    if (!input.defined()) continue;
    const at::Tensor grad =
        input.grad().defined() ? input.grad().contiguous() : at::zeros_like(input);
    gradient.insert(gradient.end(), grad.data_ptr<double>(),
                    grad.data_ptr<double>() + grad.numel());
  }
  return gradient;
}

inline double value_at(const Loss& loss, const Labels& labels, const std::vector<double>& reward) {
  return value_at(loss, labels, inputs_for(loss, reward));
}

inline std::vector<double> gradient_at(const Loss& loss, const Labels& labels,
                                       const std::vector<double>& reward) {
  return gradient_at(loss, labels, inputs_for(loss, reward));
}

}  // namespace laurel
