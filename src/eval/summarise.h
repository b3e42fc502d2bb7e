// From the metrics of some outcomes to a set of them with intervals, and the moments of rewards.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "eval/report.h"

namespace laurel {

// One outcome for each origin.
MetricSet summarise(std::string name, std::string title, const Metrics& metrics,
                    std::span<const Origin> origins);

// Of one reward or more.
RewardMoments reward_moments(const std::vector<double>& rewards);

}  // namespace laurel
