// Which slices differ from the whole set beyond chance, and how much of a difference is noise.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "eval/bootstrap.h"
#include "eval/statistics.h"

namespace laurel {

// Whether a slice of these outcomes has kMinSliceRows rows and kMinSliceUnits units: one of a few units
// has nearly the same value in every draw, which says nothing of its error.
bool is_large_slice(std::span<const size_t> outcomes, std::span<const Origin> origins,
                    const Resampling& resampling);

struct SliceSample {
  Metrics metrics;               // of the slice's outcomes; the first is compared
  std::vector<size_t> outcomes;  // their positions in the whole set
};

struct ComparedSlice {
  std::optional<double> value;  // of the metric
  double error = 0;             // its standard error; 0: not known
  // Of value - that of the whole set, for all compared slices at once; nullopt for slices that are
  // not compared: of fewer than kMinSliceRows rows or kMinSliceUnits units of the bootstrap, without a
  // value, or without a known error.
  std::optional<Interval> difference;
};

struct ComparedSlices {
  std::optional<double> total;
  std::vector<ComparedSlice> slices;  // as given
  double critical = 0;                // 95th percentile over the draws of the largest |t|; 0: none
};

// Draws the units of the whole set once for all slices, so that what they share is drawn together.
// t of a slice is (its value - the total's, in the draw, less the same of the set) / standard error;
// the interval is that of simultaneous.h. A standard error is at least that of a slice of its size
// whose outcomes vary as the whole set's do: ten outcomes that are all right do not say that the
// eleventh will be.
ComparedSlices compare_slices(const Metrics& whole, std::span<const Origin> origins,
                              std::span<const SliceSample> slices,
                              const BootstrapOptions& options = {});

// Values drawn towards the total by empirical Bayes: total + v / (v + error^2) x (value - total),
// where v is how much slices vary beyond their errors (DerSimonian and Laird 1986, doi
// 10.1016/0197-2456(86)90046-2), 0 at least. nullopt where a slice has no value or no error.
std::vector<std::optional<double>> shrunken_values(std::optional<double> total,
                                                   std::span<const ComparedSlice> slices);

}  // namespace laurel
