// A curve of many points as one of a few, so that a chart shows no more than can be seen.
#pragma once

#include <vector>

#include "report/run_record.h"

namespace laurel {

// Of equal numbers of points each: the mean of their steps, and of their values the mean, the
// smallest and the largest. All of one point where the curve has no more than `most`.
struct ThinCurve {
  std::vector<double> step, mean, low, high;
  size_t points_each = 1;  // at most
};
ThinCurve thin_curve(const Curve& curve, size_t most);

// Whether a curve is read better on a logarithmic axis: all values are above 0, and the largest is
// more than 20 times the median.
bool spans_decades(const Curve& curve);

}  // namespace laurel
