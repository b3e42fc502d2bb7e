// How rewards order the responses of a labelled list.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "eval/statistics.h"

namespace laurel {

// One list of responses that people ranked; unranked ones are not here.
struct ListOutcome {
  std::vector<double> reward;
  std::vector<int32_t> rank;  // 1 = best, equal = tie
  std::vector<double> score;  // larger is better
  std::vector<int64_t> length;
  std::vector<std::vector<double>> covariates = {};  // of each response; {}: there are none
};

// Whether some response is better than another: a list without such a pair has no order.
bool has_order(const ListOutcome& list);

// Means over lists: accuracy, longer_wins, kendall, ndcg, top_1, random_top_1. Lists have an order.
Metrics list_metrics(std::span<const ListOutcome> lists);

}  // namespace laurel
