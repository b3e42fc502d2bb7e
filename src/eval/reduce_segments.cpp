// Reduces the rewards of a response's segments to one.
#include "eval/reduce_segments.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <numeric>

namespace laurel {

double reduce(std::span<const double> values, Reduction reduction) {
  TORCH_INTERNAL_ASSERT(!values.empty(), "a response has segments");
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  switch (reduction) {
    case Reduction::mean: return sum / static_cast<double>(values.size());
    case Reduction::min: return *std::ranges::min_element(values);
    case Reduction::last: return values.back();
    case Reduction::sum: return sum;
  }
  TORCH_INTERNAL_ASSERT(false, "unknown reduction");
}

}  // namespace laurel
