// From the metrics of some outcomes to a set of them with intervals.
#pragma once

#include <span>
#include <string>

#include "eval/report.h"

namespace laurel {

// One outcome for each origin.
MetricSet summarise(std::string name, std::string title, const Metrics& metrics,
                    std::span<const Origin> origins);

}  // namespace laurel
