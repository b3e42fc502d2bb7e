// The curves of every prompt, computed once, and the means of draws of prompts.
#include "eval/best_of_n.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "eval/simultaneous.h"

namespace laurel {

namespace {

// The share of subsets of n of `all` answers that lie among `lowest` of them:
// C(lowest, n) / C(all, n).
double share_among(size_t lowest, size_t all, int64_t n) {
  double share = 1;
  for (int64_t i = 0; i < n; ++i) {
    const double left = static_cast<double>(lowest) - static_cast<double>(i);
    if (left <= 0) return 0;
    share *= left / (static_cast<double>(all) - static_cast<double>(i));
  }
  return share;
}

// 1, 2, 3, 4, 6, 8, 12, 16, ... below `largest`, and it.
std::vector<int64_t> shown_numbers(int64_t largest) {
  std::vector<int64_t> numbers{1};
  for (int64_t power = 2; power < largest; power *= 2) {
    numbers.push_back(power);
    if (power + power / 2 < largest) numbers.push_back(power + power / 2);
  }
  if (largest > 1) numbers.push_back(largest);
  return numbers;
}

// By prompt, then by number: expectations of the score by reward, and by length.
struct Curves {
  std::vector<int64_t> numbers;
  std::vector<std::vector<double>> score, longest;
};

Curves curves_of(const std::vector<const ScoredAnswers*>& prompts, int64_t largest) {
  Curves curves{.numbers = shown_numbers(largest), .score = {}, .longest = {}};
  for (const ScoredAnswers* of : prompts) {
    curves.score.emplace_back();
    curves.longest.emplace_back();
    for (const int64_t n : curves.numbers) {
      curves.score.back().push_back(expected_best(of->reward, of->score, n));
      curves.longest.back().push_back(expected_best(of->length, of->score, n));
    }
  }
  return curves;
}

double mean_at(const std::vector<std::vector<double>>& curves, size_t k,
               std::span<const double> weight, double total) {
  double sum = 0;
  for (size_t i = 0; i < curves.size(); ++i) sum += weight[i] * curves[i][k];
  return sum / total;
}

// Scores, scores of the longest, and gains over a random choice; of each as many as there are
// numbers. At N = 1 the choice is random.
MetricValues values_of_curves(const Curves& curves, std::span<const double> weight) {
  const size_t count = curves.numbers.size();
  const double total = std::accumulate(weight.begin(), weight.end(), 0.0);
  MetricValues values;
  for (size_t k = 0; k < count; ++k) values.push_back(mean_at(curves.score, k, weight, total));
  for (size_t k = 0; k < count; ++k) values.push_back(mean_at(curves.longest, k, weight, total));
  for (size_t k = 0; k < count; ++k) values.push_back(*values[k] - *values.front());
  return values;
}

// What sums of scores differ by in rounding.
double rounding_of(const std::vector<const ScoredAnswers*>& prompts) {
  double largest = 0;
  for (const ScoredAnswers* of : prompts) {
    for (const double score : of->score) largest = std::max(largest, std::abs(score));
  }
  return 1e-12 * largest;
}

bool have_equal_rewards(const std::vector<const ScoredAnswers*>& prompts) {
  return std::ranges::all_of(prompts, [](const ScoredAnswers* of) {
    return std::ranges::all_of(of->reward, [&](double r) { return r == of->reward.front(); });
  });
}

// The position of the highest of the values: the last where that is one of them, but for the first,
// which needs no choice.
size_t peak_of(std::span<const std::optional<double>> values, double rounding) {
  double highest = **values.begin();
  for (const auto& value : values) highest = std::max(highest, *value);
  const auto is_highest = [&](const auto& value) { return *value >= highest - rounding; };
  if (!is_highest(values.front()) && is_highest(values.back())) return values.size() - 1;
  return static_cast<size_t>(std::ranges::find_if(values, is_highest) - values.begin());
}

// Of the numbers below the largest: score - that of the largest, for all at once.
Estimate drop_from(size_t peak, const Curves& curves, const Resampling& resampling,
                   const BootstrapOptions& options) {
  const size_t others = curves.numbers.size() - 1;
  const auto drops = [&](std::span<const double> weight) {
    const double total = std::accumulate(weight.begin(), weight.end(), 0.0);
    const double of_largest = mean_at(curves.score, others, weight, total);
    MetricValues drops;
    for (size_t k = 0; k < others; ++k) {
      drops.push_back(mean_at(curves.score, k, weight, total) - of_largest);
    }
    return drops;
  };
  std::vector<MetricValues> draws;
  for_each_draw(resampling, options,
                [&](std::span<const double> weight) { draws.push_back(drops(weight)); });
  const MetricValues values = drops(std::vector<double>(resampling.members.size(), 1.0));
  std::vector<double> errors;
  for (size_t k = 0; k < others; ++k) {
    std::vector<double> of_number;
    for (const MetricValues& draw : draws) of_number.push_back(*draw[k]);
    errors.push_back(deviation_of_draws(of_number, draws.size()));
  }
  return estimate_of(values[peak], simultaneous_intervals(values, draws, errors).intervals[peak]);
}

}  // namespace

double expected_best(std::span<const double> key, std::span<const double> score, int64_t n) {
  TORCH_INTERNAL_ASSERT(key.size() == score.size() && n >= 1 && std::cmp_less_equal(n, key.size()),
                        "n of the answers");
  std::vector<size_t> order(key.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t i) { return key[i]; });
  double expectation = 0, below = 0;
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    double sum = 0;
    for (; end < order.size() && key[order[end]] == key[order[begin]]; ++end) {
      sum += score[order[end]];
    }
    const double up_to_here = share_among(end, order.size(), n);
    expectation += (up_to_here - below) * sum / static_cast<double>(end - begin);
    below = up_to_here;
  }
  return expectation;
}

double best_of_n_divergence_bound(int64_t n) {
  const auto number = static_cast<double>(n);
  return std::log(number) - (number - 1) / number;
}

std::vector<ScoredAnswers> scored_answers(const SplitOutcomes& outcomes) {
  std::vector<ScoredAnswers> prompts;
  for (size_t i = 0; i < outcomes.lists.values.size(); ++i) {
    const ListOutcome& list = outcomes.lists.values[i];
    prompts.push_back({.prompt = outcomes.lists.origins[i].prompt,
                       .reward = list.reward,
                       .score = list.score,
                       .length = {list.length.begin(), list.length.end()}});
  }
  std::unordered_map<uint64_t, size_t> number;
  for (size_t i = 0; i < outcomes.cells.values.size(); ++i) {
    const Cell& cell = outcomes.cells.values[i];
    const uint64_t prompt = outcomes.cells.origins[i].prompt;
    const auto [found, is_new] = number.emplace(prompt, prompts.size());
    if (is_new) prompts.push_back({.prompt = prompt});
    ScoredAnswers& of = prompts[found->second];
    of.reward.push_back(cell.reward);
    of.score.push_back(cell.rating.score);
    of.length.push_back(static_cast<double>(cell.length));
  }
  return prompts;
}

std::optional<BestOfN> best_of_n(std::span<const ScoredAnswers> prompts, int64_t largest,
                                 const BootstrapOptions& options) {
  std::vector<const ScoredAnswers*> used;
  std::vector<uint64_t> drawn;  // of each: its prompt
  BestOfN found;
  for (const ScoredAnswers& of : prompts) {
    if (std::cmp_less(of.score.size(), 2 * largest)) continue;
    used.push_back(&of);
    drawn.push_back(of.prompt);
    found.answers += std::ssize(of.score);
  }
  if (used.empty()) return std::nullopt;
  found.prompts = std::ssize(used);
  found.left_out = std::ssize(prompts) - found.prompts;
  const Curves curves = curves_of(used, largest);
  const Resampling resampling = resample_prompts(drawn);
  found.units = resampling.units;
  const auto statistic = [&](std::span<const double> weight) {
    return values_of_curves(curves, weight);
  };
  const MetricValues values = statistic(std::vector<double>(used.size(), 1.0));
  const auto intervals = bootstrap(resampling, statistic, options);
  const auto estimate = [&](size_t i) { return estimate_of(values[i], intervals[i]); };
  const size_t count = curves.numbers.size();
  for (size_t k = 0; k < count; ++k) {
    found.points.push_back({.n = curves.numbers[k],
                            .divergence_bound = best_of_n_divergence_bound(curves.numbers[k]),
                            .score = estimate(k),
                            .longest = estimate(count + k),
                            .gain = estimate(2 * count + k)});
  }
  const double rounding = rounding_of(used);
  const size_t peak = peak_of(std::span(values).first(count), rounding);
  found.random = found.points.front().score;
  found.peak = curves.numbers[peak];
  if (*values[peak] > *values[count - 1] + rounding) {
    found.drop = drop_from(peak, curves, resampling, options);
  }
  found.turns = found.units >= kMinUnits && found.drop.excludes_0(1e12 * rounding);
  found.equal_rewards = have_equal_rewards(used);
  return found;
}

}  // namespace laurel
