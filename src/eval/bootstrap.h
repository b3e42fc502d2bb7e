// Bootstrap intervals: the metrics of many sets drawn from the set at hand, with replacement.
//
// What is drawn must be what varies independently. Rows of one prompt resemble each other, so whole
// prompts are drawn where there are at least 30 of them. Otherwise responses are drawn, if there
// are at least 30 and some are labelled more than once; a pair counts as often as the product of
// its two responses' draws (the pigeonhole bootstrap, Owen 2007, doi 10.1214/07-AOAS122). Otherwise
// rows are drawn, those with the same texts as one.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "eval/estimate.h"
#include "eval/statistics.h"

namespace laurel {

enum class ResampleUnit { prompt, response, row };
constexpr auto enum_names(ResampleUnit) { return std::array{"prompt", "response", "row"}; }

inline constexpr int64_t kMinUnits = 30;  // fewer say too little about their spread

// Where an outcome comes from. A rating has its response twice.
struct Origin {
  uint64_t prompt;
  std::array<uint64_t, 2> responses;
  int64_t group = 0;  // of the split
};

// The units that are drawn, and which of them each outcome belongs to.
struct Resampling {
  ResampleUnit unit = ResampleUnit::row;
  int64_t units = 0;
  std::vector<std::array<int32_t, 2>> members{};  // per outcome; the second is -1 unless it differs
};

Resampling choose_resampling(std::span<const Origin> origins);

// Whole prompts, however few: one for each outcome.
Resampling resample_prompts(std::span<const uint64_t> prompts);

struct BootstrapOptions {
  int64_t draws = 1000;
  uint64_t seed = 1;
  double low = 0.025, high = 0.975;
};

// Calls `use` with the weights of each draw, one for each outcome; never where there are fewer than
// two units. The same draws for the same resampling and options.
void for_each_draw(const Resampling& resampling, const BootstrapOptions& options,
                   const std::function<void(std::span<const double> weight)>& use);

// Linear interpolation between the order statistics, as numpy's default.
double quantile(const std::vector<double>& sorted, double q);

// Percentile intervals of every value that `statistic` returns, interpolated linearly. Draws in
// which a value is undefined are left out; nullopt where fewer than half are left, or where there
// are fewer than two units.
std::vector<std::optional<Interval>> bootstrap(
    const Resampling& resampling,
    const std::function<MetricValues(std::span<const double> weight)>& statistic,
    const BootstrapOptions& options = {});

}  // namespace laurel
