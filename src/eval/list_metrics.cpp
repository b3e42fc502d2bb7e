// Metrics of ranked lists: computes each list's values once, then their weighted means.
#include "eval/list_metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace laurel {

namespace {

// Pairs of a list by how reward, length and rank order them.
struct Counts {
  double untied = 0;  // by rank
  double right = 0, wrong = 0, longer = 0;
  double reward_untied = 0;  // pairs of different rewards
};

Counts count_pairs(const ListOutcome& list) {
  Counts c;
  const size_t n = list.reward.size();
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) {
      if (i < j) c.reward_untied += list.reward[i] != list.reward[j];
      if (list.rank[i] >= list.rank[j]) continue;  // i is the better one from here on
      c.untied += 1;
      c.right += list.reward[i] > list.reward[j];
      c.wrong += list.reward[i] < list.reward[j];
      c.longer += list.length[i] > list.length[j];
    }
  }
  return c;
}

// Sum of gain / log2(1 + place), places from 1 by falling key; equal keys share their places'
// discounts, which is the mean over all orders of them.
double discounted_gain(const std::vector<double>& gain, const std::vector<double>& key) {
  std::vector<size_t> order(gain.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, [&](size_t a, size_t b) { return key[a] > key[b]; });
  double sum = 0;
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    double gains = 0, discounts = 0;
    for (; end < order.size() && key[order[end]] == key[order[begin]]; ++end) {
      gains += gain[order[end]];
      discounts += 1 / std::log2(2 + static_cast<double>(end));
    }
    sum += gains * discounts / static_cast<double>(end - begin);
  }
  return sum;
}

// Gains are scores above the lowest of the list; nullopt if all are equal.
std::optional<double> ndcg(const ListOutcome& list) {
  const double lowest = *std::ranges::min_element(list.score);
  std::vector<double> gain;
  for (const double score : list.score) gain.push_back(score - lowest);
  const double best = discounted_gain(gain, gain);
  if (best == 0) return std::nullopt;
  return discounted_gain(gain, list.reward) / best;
}

// Of the responses with the highest reward, the share that people ranked best.
double top_1(const ListOutcome& list) {
  const double highest = *std::ranges::max_element(list.reward);
  const int32_t best = *std::ranges::min_element(list.rank);
  double first = 0, best_first = 0;
  for (size_t i = 0; i < list.reward.size(); ++i) {
    if (list.reward[i] != highest) continue;
    first += 1;
    best_first += list.rank[i] == best;
  }
  return best_first / first;
}

double random_top_1(const ListOutcome& list) {
  const int32_t best = *std::ranges::min_element(list.rank);
  return static_cast<double>(std::ranges::count(list.rank, best)) /
         static_cast<double>(list.rank.size());
}

MetricValues values_of(const ListOutcome& list) {
  const Counts c = count_pairs(list);
  std::optional<double> kendall;  // tau-b
  if (c.untied > 0 && c.reward_untied > 0) {
    kendall = (c.right - c.wrong) / std::sqrt(c.untied * c.reward_untied);
  }
  return {ratio((c.right + c.untied - c.wrong) / 2, c.untied),
          ratio(c.longer, c.untied),
          kendall,
          ndcg(list),
          top_1(list),
          random_top_1(list)};
}

}  // namespace

bool has_order(const ListOutcome& list) {
  return std::ranges::any_of(list.rank, [&](int32_t rank) { return rank != list.rank.front(); });
}

Metrics list_metrics(std::span<const ListOutcome> lists) {
  Metrics metrics{{"accuracy", "longer_wins", "kendall", "ndcg", "top_1", "random_top_1"}, {}};
  std::vector<MetricValues> terms;
  for (const ListOutcome& list : lists) terms.push_back(values_of(list));
  metrics.values = [terms = std::move(terms),
                    n = metrics.names.size()](std::span<const double> weight) {
    std::vector<double> sum(n), total(n);
    for (size_t i = 0; i < terms.size(); ++i) {
      for (size_t k = 0; k < n; ++k) {
        if (!terms[i][k]) continue;
        sum[k] += weight[i] * *terms[i][k];
        total[k] += weight[i];
      }
    }
    MetricValues means;
    for (size_t k = 0; k < n; ++k) means.push_back(ratio(sum[k], total[k]));
    return means;
  };
  return metrics;
}

}  // namespace laurel
