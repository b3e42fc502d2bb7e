// From a response's segments to the response.
#pragma once

#include <span>

#include "data/sources/source.h"

namespace laurel {

// `values` has one at least.
double reduce(std::span<const double> values, Reduction reduction);

}  // namespace laurel
