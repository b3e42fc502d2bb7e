// Axes of charts: round ticks, their labels, and where a number lies between two pixels.
#pragma once

#include <string>
#include <vector>

namespace laurel {

struct Ticks {
  std::vector<double> at;
  std::vector<std::string> label;
};

// 1, 2 or 5 times a power of ten: the smallest that is at least `step`.
double round_step(double step);

// Multiples of one round step from `low` to `high`, with `most` intervals at most: 0, 0.2, .. 1 of 0
// and 1. low is below high.
Ticks linear_ticks(double low, double high, int most);

// 1, 2 and 5 times powers of ten from `low` to `high`, or powers alone, of these every nth, so that
// there are `most` at most. low is above 0 and below high.
Ticks log_ticks(double low, double high, int most);

// Labels with the decimals that tell them apart: "0.25", "4e-6", "150k".
std::vector<std::string> tick_labels(const std::vector<double>& ticks);

// Maps low..high to pixels; numbers outside are moved to the nearer end.
struct Scale {
  double low, high;
  bool logarithmic;
  double pixel_low, pixel_high;

  double operator()(double value) const;
};

// A range that holds all numbers from `low` to `high`, has `most` round steps at most, and is not
// empty.
struct ValueRange {
  double low, high;
};
ValueRange rounded_outwards(ValueRange range, bool logarithmic, int most);

}  // namespace laurel
