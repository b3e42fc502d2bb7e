// Takes means over stretches of a curve.
#include "report/thin_curve.h"

#include <algorithm>
#include <cmath>

namespace laurel {

ThinCurve thin_curve(const Curve& curve, size_t most) {
  ThinCurve thin;
  const size_t all = curve.step.size();
  const size_t each = std::max<size_t>(1, (all + most - 1) / most);
  thin.points_each = each;
  for (size_t begin = 0; begin < all; begin += each) {
    const size_t end = std::min(begin + each, all);
    double step = 0, sum = 0, low = INFINITY, high = -INFINITY;
    for (size_t i = begin; i < end; ++i) {
      step += curve.step[i];
      sum += curve.value[i];
      low = std::min(low, curve.value[i]);
      high = std::max(high, curve.value[i]);
    }
    const auto count = static_cast<double>(end - begin);
    thin.step.push_back(step / count);
    thin.mean.push_back(sum / count);
    thin.low.push_back(low);
    thin.high.push_back(high);
  }
  return thin;
}

bool spans_decades(const Curve& curve) {
  std::vector<double> values = curve.value;
  if (values.empty() || std::ranges::any_of(values, [](double v) { return !(v > 0); }))
    return false;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *std::ranges::max_element(curve.value) > 20 * *middle;
}

}  // namespace laurel
