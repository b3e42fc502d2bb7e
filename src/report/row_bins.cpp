// Sorts rows into bins and takes their means.
#include "report/row_bins.h"

#include <algorithm>
#include <cmath>

#include "eval/statistics.h"
#include "report/svg_axis.h"

namespace laurel {

namespace {

constexpr size_t kEqualBins = 10, kLeastRows = 10;
constexpr int kHistogramBins = 40;
constexpr size_t kPointsOfClass = 400;
constexpr double kTail = 0.001;  // of rewards, on each side, that lies in the outer bins

// visit(begin, end) for each bin of `n` sorted rows.
template <class Visit>
void for_each_bin(size_t n, const Visit& visit) {
  const size_t bins = std::clamp<size_t>(n / kLeastRows, 1, kEqualBins);
  for (size_t i = 0; i < bins && n > 0; ++i) visit(i * n / bins, (i + 1) * n / bins);
}

// From the smallest to the largest reward, but for the tails: one answer far away would leave one
// bin for all others.
ValueRange histogram_range(const std::vector<JudgedAnswer>& answers) {
  std::vector<double> rewards;
  for (const JudgedAnswer& answer : answers) rewards.push_back(answer.reward);
  std::ranges::sort(rewards);
  const auto tail = static_cast<size_t>(kTail * static_cast<double>(rewards.size()));
  return rounded_outwards({rewards[tail], rewards[rewards.size() - 1 - tail]}, false,
                          kHistogramBins);
}

void add_histogram(EvaluatedRows& rows, const std::vector<JudgedAnswer>& answers) {
  const ValueRange range = histogram_range(answers);
  const double step = round_step((range.high - range.low) / kHistogramBins);
  const auto bins = static_cast<int64_t>(std::ceil((range.high - range.low) / step - 1e-9));
  rows.histogram_low = range.low;
  rows.histogram_width = step;
  for (AnswerClass& one : rows.classes) one.counts.assign(static_cast<size_t>(bins), 0);
  for (const JudgedAnswer& answer : answers) {
    const double at = std::floor((answer.reward - range.low) / step);
    const double bin = std::clamp(at, 0.0, static_cast<double>(bins - 1));
    ++rows.classes[answer.of_class].counts[static_cast<size_t>(bin)];
  }
}

// Evenly spaced among those of the class.
void add_points(EvaluatedRows& rows, const std::vector<JudgedAnswer>& answers) {
  for (size_t c = 0; c < rows.classes.size(); ++c) {
    std::vector<const JudgedAnswer*> own;
    for (const JudgedAnswer& answer : answers) {
      if (answer.of_class == c) own.push_back(&answer);
    }
    const size_t n = std::min(own.size(), kPointsOfClass);
    for (size_t i = 0; i < n; ++i) {
      const JudgedAnswer& answer = *own[i * own.size() / n];
      rows.classes[c].length.push_back(answer.length);
      rows.classes[c].reward.push_back(answer.reward);
    }
  }
}

}  // namespace

std::vector<ReliabilityBin> reliability_bins(std::span<const Forecast> forecasts) {
  const std::vector<size_t> bin_of = equal_mass_bins(forecasts);
  std::vector<ReliabilityBin> bins;
  for (size_t i = 0; i < forecasts.size(); ++i) {
    if (bin_of[i] >= bins.size()) bins.resize(bin_of[i] + 1);
    ReliabilityBin& bin = bins[bin_of[i]];
    ++bin.n;
    bin.confidence += forecasts[i].probability;
    bin.agreement += forecasts[i].outcome;
  }
  std::erase_if(bins, [](const ReliabilityBin& bin) { return bin.n == 0; });
  for (ReliabilityBin& bin : bins) {
    bin.confidence /= static_cast<double>(bin.n);
    bin.agreement /= static_cast<double>(bin.n);
  }
  return bins;
}

std::vector<LengthBin> length_bins(std::vector<JudgedAnswer> answers) {
  std::ranges::stable_sort(answers, {}, &JudgedAnswer::length);
  std::vector<LengthBin> bins;
  for_each_bin(answers.size(), [&](size_t begin, size_t end) {
    LengthBin bin{.n = static_cast<int64_t>(end - begin)};
    for (size_t i = begin; i < end; ++i) {
      bin.length += answers[i].length / static_cast<double>(bin.n);
      bin.reward += answers[i].reward / static_cast<double>(bin.n);
    }
    bins.push_back(bin);
  });
  return bins;
}

void add_answers(EvaluatedRows& rows, const std::vector<JudgedAnswer>& answers) {
  if (answers.empty()) return;
  add_histogram(rows, answers);
  add_points(rows, answers);
  rows.lengths = length_bins(answers);
  std::vector<double> lengths, rewards;
  for (const JudgedAnswer& answer : answers) {
    lengths.push_back(answer.length);
    rewards.push_back(answer.reward);
  }
  const std::vector<double> weight(answers.size(), 1);
  rows.length_correlation =
      rank_correlation(RankedValues(std::move(lengths)), RankedValues(std::move(rewards)), weight);
}

}  // namespace laurel
