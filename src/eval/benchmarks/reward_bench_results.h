// What RewardBench's programs write about a model: one number a subset.
#pragma once

#include <cstddef>
#include <string>

#include "eval/statistics.h"

namespace laurel {

// Of the subsets that have rows, in the order of their names.
std::string reward_bench_results(const Metrics& subsets, size_t rows, const std::string& model);

}  // namespace laurel
