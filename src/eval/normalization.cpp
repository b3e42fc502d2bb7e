// Sums by prompt, so that a draw of the bootstrap takes a step for each prompt.
#include "eval/normalization.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <set>
#include <unordered_map>
#include <utility>

#include "core/error.h"
#include "core/str.h"
#include "eval/bootstrap.h"

namespace laurel {

namespace {

constexpr std::array<std::pair<const char*, double>, 7> kQuantiles{{{"0.01", .01},
                                                                    {"0.05", .05},
                                                                    {"0.25", .25},
                                                                    {"0.5", .5},
                                                                    {"0.75", .75},
                                                                    {"0.95", .95},
                                                                    {"0.99", .99}}};

// Of a prompt's answers, about the mean of all: what sums of squares lose to a large mean is lost
// once, there.
struct PromptSums {
  uint64_t prompt = 0;
  double n = 0, sum = 0, square = 0;
  double within = 0;              // squared deviations from the prompt's own mean
  std::set<uint64_t> texts = {};  // that differ

  // Of the deviation within: the answers of a prompt that are all one text say nothing of it.
  double free() const { return texts.size() > 1 ? n - 1 : 0; }
};

double mean_reward(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

std::vector<PromptSums> sums_of_prompts(std::span<const double> rewards,
                                        std::span<const uint64_t> prompts,
                                        std::span<const uint64_t> texts, double mean) {
  std::unordered_map<uint64_t, size_t> numbers;
  std::vector<PromptSums> sums;
  std::vector<size_t> number;
  for (size_t i = 0; i < rewards.size(); ++i) {
    const size_t prompt = numbers.emplace(prompts[i], sums.size()).first->second;
    if (prompt == sums.size()) sums.push_back({.prompt = prompts[i]});
    const double r = rewards[i] - mean;
    sums[prompt].n += 1;
    sums[prompt].sum += r;
    sums[prompt].square += r * r;
    sums[prompt].texts.insert(texts.empty() ? i : texts[i]);
    number.push_back(prompt);
  }
  for (size_t i = 0; i < rewards.size(); ++i) {
    PromptSums& of = sums[number[i]];
    const double r = rewards[i] - mean - of.sum / of.n;
    of.within += r * r;
  }
  return sums;
}

// mean, deviation, within_prompts: of prompts that count as often as their weights say.
MetricValues moments_of(const std::vector<PromptSums>& prompts, double mean,
                        std::span<const double> weight) {
  double n = 0, sum = 0, square = 0, within = 0, free = 0;
  for (size_t i = 0; i < prompts.size(); ++i) {
    const PromptSums& of = prompts[i];
    n += weight[i] * of.n;
    sum += weight[i] * of.sum;
    square += weight[i] * of.square;
    within += of.free() > 0 ? weight[i] * of.within : 0;
    free += weight[i] * of.free();
  }
  MetricValues values(3);
  if (n > 0) values[0] = mean + sum / n;
  if (n > 1) values[1] = std::sqrt(std::max(0.0, square - sum * sum / n) / (n - 1));
  if (free > 0) values[2] = std::sqrt(within / free);
  return values;
}

MeasuredNumber measured(const Estimate& of) {
  return {.value = *of.value, .low = of.low, .high = of.high};
}

}  // namespace

UnitDeviation unit_deviation(const Normalization& of) {
  if (of.within_prompts) return {AnswerGroup::within_prompts, of.within_prompts->value};
  return {AnswerGroup::all, of.deviation.value};
}

std::string text_of(AnswerGroup group) {
  return group == AnswerGroup::all ? "the deviation of all answers"
                                   : "the deviation within prompts";
}

Normalization normalization_of(std::span<const double> rewards, std::span<const uint64_t> prompts,
                               std::span<const uint64_t> texts) {
  if (rewards.size() < 2) {
    throw Error{ErrorKind::data,
                str("found ", count_text(static_cast<int64_t>(rewards.size()), "answer"),
                    " with a reward, expected two at least, and better hundreds")};
  }
  const double mean = mean_reward(rewards);
  const std::vector<PromptSums> sums = sums_of_prompts(rewards, prompts, texts, mean);
  std::vector<uint64_t> drawn;
  for (const PromptSums& of : sums) drawn.push_back(of.prompt);
  const auto statistic = [&](std::span<const double> weight) {
    return moments_of(sums, mean, weight);
  };
  const MetricValues values = statistic(std::vector<double>(sums.size(), 1.0));
  const auto intervals = bootstrap(resample_prompts(drawn), statistic);
  Normalization found{.mean = measured(estimate_of(values[0], intervals[0])),
                      .deviation = measured(estimate_of(values[1], intervals[1])),
                      .answers = static_cast<int64_t>(rewards.size()),
                      .prompts = static_cast<int64_t>(sums.size())};
  if (values[2]) found.within_prompts = measured(estimate_of(values[2], intervals[2]));
  int64_t different = 0;
  for (const PromptSums& of : sums) {
    found.prompts_with_several += of.free() > 0;
    different += std::ssize(of.texts);
  }
  found.repeated = found.answers - different;
  std::vector<double> sorted(rewards.begin(), rewards.end());
  std::ranges::sort(sorted);
  for (const auto& [name, q] : kQuantiles) found.quantiles[name] = quantile(sorted, q);
  return found;
}

Normalization rescaled(Normalization of, double subtracted, double divisor) {
  const auto change = [&](MeasuredNumber& estimate, double zero) {
    estimate.value = (estimate.value - zero) / divisor;
    if (estimate.low) estimate.low = (*estimate.low - zero) / divisor;
    if (estimate.high) estimate.high = (*estimate.high - zero) / divisor;
  };
  change(of.mean, subtracted);
  change(of.deviation, 0);
  if (of.within_prompts) change(*of.within_prompts, 0);
  for (auto& [name, value] : of.quantiles) value = (value - subtracted) / divisor;
  return of;
}

}  // namespace laurel
