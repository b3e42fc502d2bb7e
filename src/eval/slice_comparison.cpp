// The values of all slices in each draw, and their deviations.
#include "eval/slice_comparison.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "eval/report.h"
#include "eval/simultaneous.h"

namespace laurel {

bool is_large_slice(std::span<const size_t> outcomes, std::span<const Origin> origins,
                    const Resampling& resampling) {
  std::set<int64_t> rows;
  std::set<int32_t> units;
  for (const size_t i : outcomes) {
    rows.insert(origins[i].group);
    for (const int32_t unit : resampling.members[i]) {
      if (unit >= 0) units.insert(unit);
    }
  }
  return std::ssize(rows) >= kMinSliceRows && std::ssize(units) >= kMinSliceUnits;
}

namespace {

// By draw, then by slice: values in the draws, and those of the whole set.
struct SliceDraws {
  std::vector<double> total;
  std::vector<MetricValues> slices;
};

std::optional<double> first_value(const Metrics& metrics, std::span<const double> weight) {
  return metrics.values(weight).front();
}

std::optional<double> value_of_slice(const SliceSample& slice, std::span<const double> weight) {
  std::vector<double> own;
  own.reserve(slice.outcomes.size());
  for (const size_t i : slice.outcomes) own.push_back(weight[i]);
  return first_value(slice.metrics, own);
}

SliceDraws draw_slices(const Metrics& whole, const Resampling& resampling,
                       std::span<const SliceSample> slices, const BootstrapOptions& options) {
  SliceDraws draws;
  for_each_draw(resampling, options, [&](std::span<const double> weight) {
    const auto total = first_value(whole, weight);
    if (!total) return;
    draws.total.push_back(*total);
    MetricValues values;
    for (const SliceSample& slice : slices) values.push_back(value_of_slice(slice, weight));
    draws.slices.push_back(std::move(values));
  });
  return draws;
}

// Standard errors of a slice's value and of its difference from the total.
struct SliceErrors {
  double value = 0, difference = 0;
};

// `parts`: the set's outcomes for one of the slice.
SliceErrors errors_of_slice(const SliceDraws& draws, size_t slice, double parts) {
  std::vector<double> values, differences;
  for (size_t draw = 0; draw < draws.total.size(); ++draw) {
    const auto& value = draws.slices[draw][slice];
    if (!value) continue;
    values.push_back(*value);
    differences.push_back(*value - draws.total[draw]);
  }
  const double of_total = deviation_of_draws(draws.total, draws.total.size());
  const double value = deviation_of_draws(values, draws.total.size());
  if (2 * values.size() < draws.total.size()) return {};
  return {std::max(value, of_total * std::sqrt(parts)),
          std::max(deviation_of_draws(differences, draws.total.size()),
                   of_total * std::sqrt(std::max(parts - 1, 0.0)))};
}

// By draw: each slice's value less the total's.
std::vector<MetricValues> differences_from_total(const SliceDraws& draws) {
  std::vector<MetricValues> differences = draws.slices;
  for (size_t draw = 0; draw < differences.size(); ++draw) {
    for (auto& value : differences[draw]) {
      if (value) *value -= draws.total[draw];
    }
  }
  return differences;
}

}  // namespace

ComparedSlices compare_slices(const Metrics& whole, std::span<const Origin> origins,
                              std::span<const SliceSample> slices,
                              const BootstrapOptions& options) {
  ComparedSlices found{.total = first_value(whole, std::vector<double>(origins.size(), 1.0)),
                       .slices = std::vector<ComparedSlice>(slices.size())};
  if (!found.total) return found;
  const Resampling resampling = choose_resampling(origins);
  const SliceDraws draws = draw_slices(whole, resampling, slices, options);
  MetricValues differences(slices.size());    // of those that are compared
  std::vector<double> errors(slices.size());  // of these; 0: none is known
  for (size_t s = 0; s < slices.size(); ++s) {
    const size_t n = slices[s].outcomes.size();
    ComparedSlice& slice = found.slices[s];
    slice.value = first_value(slices[s].metrics, std::vector<double>(n, 1.0));
    if (!slice.value) continue;
    const SliceErrors of =
        errors_of_slice(draws, s, static_cast<double>(origins.size()) / static_cast<double>(n));
    slice.error = of.value;
    if (!is_large_slice(slices[s].outcomes, origins, resampling)) continue;
    const double difference = *slice.value - *found.total;
    if (of.difference == 0 && difference != 0) continue;
    differences[s] = difference;
    errors[s] = of.difference;
  }
  const SimultaneousIntervals held =
      simultaneous_intervals(differences, differences_from_total(draws), errors);
  found.critical = held.critical;
  for (size_t s = 0; s < slices.size(); ++s) found.slices[s].difference = held.intervals[s];
  return found;
}

std::vector<std::optional<double>> shrunken_values(std::optional<double> total,
                                                   std::span<const ComparedSlice> slices) {
  double weights = 0, squares = 0, mean = 0, spread = 0, n = 0;
  const auto known = [](const ComparedSlice& slice) { return slice.value && slice.error > 0; };
  const auto weight = [](const ComparedSlice& slice) { return 1 / (slice.error * slice.error); };
  for (const ComparedSlice& slice : slices) {
    if (!known(slice)) continue;
    n += 1;
    weights += weight(slice);
    squares += weight(slice) * weight(slice);
    mean += weight(slice) * *slice.value;
  }
  mean /= weights;
  for (const ComparedSlice& slice : slices) {
    if (known(slice)) spread += weight(slice) * (*slice.value - mean) * (*slice.value - mean);
  }
  const double variance =
      n < 2 ? 0 : std::max(0.0, (spread - (n - 1)) / (weights - squares / weights));
  std::vector<std::optional<double>> shrunken;
  for (const ComparedSlice& slice : slices) {
    shrunken.emplace_back();
    if (!total || !known(slice)) continue;
    const double kept = variance / (variance + slice.error * slice.error);
    shrunken.back() = *total + kept * (*slice.value - *total);
  }
  return shrunken;
}

}  // namespace laurel
