// Sums of forecasts and outcomes by bin, as measured and for labels that are drawn.
#include "eval/calibration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "core/random.h"
#include "eval/bootstrap.h"
#include "eval/statistics.h"

namespace laurel {

namespace {

constexpr size_t kForecastsPerBin = 10;  // fewer say nothing of a bin's variance
constexpr int kNullDraws = 1000;
constexpr uint64_t kNullSeed = 1;

struct BinSums {
  double n = 0, probability = 0, outcome = 0, square = 0;  // square: of the outcomes

  double gap() const { return (outcome - probability) / n; }
  double noise() const { return (square / n - outcome / n * (outcome / n)) / (n - 1); }
};
using AllBins = std::array<BinSums, kCalibrationBins>;

double total_of(const AllBins& bins) {
  double n = 0;
  for (const BinSums& bin : bins) n += bin.n;
  return n;
}

std::optional<double> mean_gap(const AllBins& bins) {
  double sum = 0;
  for (const BinSums& bin : bins) sum += std::abs(bin.outcome - bin.probability);
  return sum / total_of(bins);
}

double reliability_of(const AllBins& bins) {
  double sum = 0;
  for (const BinSums& bin : bins) sum += bin.n == 0 ? 0 : bin.n * bin.gap() * bin.gap();
  return sum / total_of(bins);
}

std::optional<double> debiased_square(const AllBins& bins) {
  double noise = 0;
  for (const BinSums& bin : bins) {
    if (bin.n == 1) return std::nullopt;
    if (bin.n > 1) noise += bin.n * bin.noise();
  }
  return reliability_of(bins) - noise / total_of(bins);
}

AllBins sums_of_bins(std::span<const Forecast> forecasts, const std::vector<size_t>& bin_of) {
  AllBins bins;
  for (size_t i = 0; i < forecasts.size(); ++i) {
    const auto& [probability, outcome] = forecasts[i];
    BinSums& bin = bins[bin_of[i]];
    bin.n += 1;
    bin.probability += probability;
    bin.outcome += outcome;
    bin.square += outcome * outcome;
  }
  return bins;
}

// What the model prefers neither side of: its outcome is no draw.
bool is_even(const Forecast& f) { return f.probability == 0.5 && f.outcome == 0.5; }

bool can_be_drawn(std::span<const Forecast> forecasts) {
  return std::ranges::all_of(
      forecasts, [](const Forecast& f) { return f.outcome == 0 || f.outcome == 1 || is_even(f); });
}

// With outcomes that a statistic is given in place of the measured ones, 1,000 times.
template <class Statistic>
std::optional<NullBand> null_band(std::span<const Forecast> forecasts,
                                  const std::vector<size_t>& bin_of, const Statistic& statistic) {
  if (!can_be_drawn(forecasts)) return std::nullopt;
  std::vector<Forecast> fixed(forecasts.begin(), forecasts.end());
  for (Forecast& f : fixed) f.outcome = is_even(f) ? 0.5 : 0;
  const AllBins even = sums_of_bins(fixed, bin_of);
  Random random(kNullSeed);
  std::vector<double> values;
  for (int draw = 0; draw < kNullDraws; ++draw) {
    std::array<double, kCalibrationBins> ones{};
    for (size_t i = 0; i < fixed.size(); ++i) {
      if (fixed[i].outcome == 0) ones[bin_of[i]] += random.uniform() < fixed[i].probability;
    }
    AllBins bins = even;
    for (size_t b = 0; b < bins.size(); ++b) {
      bins[b].outcome += ones[b];
      bins[b].square += ones[b];
    }
    if (const auto value = statistic(bins)) values.push_back(*value);
  }
  if (values.empty()) return std::nullopt;
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  std::sort(values.begin(), values.end());
  return NullBand{sum / static_cast<double>(values.size()), quantile(values, 0.025),
                  quantile(values, 0.975)};
}

template <class Statistic>
BinError error_of(std::span<const Forecast> forecasts, const std::vector<size_t>& bin_of,
                  const Statistic& statistic) {
  if (forecasts.empty()) return {};
  return {statistic(sums_of_bins(forecasts, bin_of)), null_band(forecasts, bin_of, statistic)};
}

BrierParts parts_of(std::span<const Forecast> forecasts, double brier, double uncertainty) {
  if (forecasts.empty()) return {};
  const double reliability = reliability_of(sums_of_bins(forecasts, equal_mass_bins(forecasts)));
  return {reliability, reliability + uncertainty - brier, uncertainty};
}

}  // namespace

size_t equal_width_bin(double probability, double lowest) {
  const double place = (probability - lowest) / (1 - lowest) * kCalibrationBins;
  return std::min(static_cast<size_t>(place), kCalibrationBins - 1);
}

std::vector<size_t> equal_mass_bins(std::span<const Forecast> forecasts) {
  const size_t n = forecasts.size();
  const size_t bins = std::clamp<size_t>(n / kForecastsPerBin, 1, kCalibrationBins);
  std::vector<size_t> order(n), bin(n);
  std::iota(order.begin(), order.end(), size_t{0});
  const auto probability = [&](size_t i) { return forecasts[i].probability; };
  std::ranges::sort(order, {}, probability);
  for (size_t begin = 0, end = 0; begin < n; begin = end) {
    while (end < n && probability(order[end]) == probability(order[begin])) ++end;
    for (size_t i = begin; i < end; ++i) bin[order[i]] = begin * bins / n;
  }
  return bin;
}

BinError expected_calibration_error(std::span<const Forecast> forecasts, double lowest) {
  std::vector<size_t> bin_of;
  for (const Forecast& f : forecasts) bin_of.push_back(equal_width_bin(f.probability, lowest));
  return error_of(forecasts, bin_of, mean_gap);
}

BinError squared_calibration_error(std::span<const Forecast> forecasts) {
  return error_of(forecasts, equal_mass_bins(forecasts), debiased_square);
}

std::vector<Forecast> forecasts_of(std::span<const PairOutcome> pairs) {
  std::vector<Forecast> forecasts;
  for (const PairOutcome& o : pairs) {
    const double d = o.better - o.worse;
    const double agreement = d == 0 ? 0.5 : d > 0 ? o.target : 1 - o.target;
    forecasts.push_back({sigmoid(std::abs(d)), agreement});
  }
  return forecasts;
}

std::vector<Forecast> forecasts_of(std::span<const RatingOutcome> labels) {
  std::vector<Forecast> forecasts;
  for (const RatingOutcome& o : labels) forecasts.push_back({o.prediction, o.score});
  return forecasts;
}

// Over both orientations the mean outcome is 1/2, whatever the data.
BrierParts brier_parts(std::span<const PairOutcome> pairs) {
  double brier = 0, uncertainty = 0;
  for (const PairOutcome& o : pairs) {
    const double error = sigmoid(o.better - o.worse) - o.target, from_even = o.target - 0.5;
    brier += error * error;
    uncertainty += from_even * from_even;
  }
  const auto n = static_cast<double>(pairs.size());
  return parts_of(forecasts_of(pairs), brier / n, uncertainty / n);
}

BrierParts brier_parts(std::span<const RatingOutcome> labels) {
  double brier = 0, ones = 0;
  for (const RatingOutcome& o : labels) {
    brier += (o.prediction - o.score) * (o.prediction - o.score);
    ones += o.score;
  }
  const auto n = static_cast<double>(labels.size());
  return parts_of(forecasts_of(labels), brier / n, ones / n * (1 - ones / n));
}

}  // namespace laurel
