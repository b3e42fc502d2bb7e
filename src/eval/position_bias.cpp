// A logistic regression whose constant term is the position.
#include "eval/position_bias.h"

#include <utility>
#include <vector>

#include "eval/logistic.h"

namespace laurel {

static LogisticData<2> first_against_second(std::span<const PairOutcome> presented) {
  LogisticData<2> data;
  for (const PairOutcome& o : presented) {
    const double d = o.better - o.worse;
    data.x.push_back({*o.better_first ? d : -d, 1});
    data.target.push_back(*o.better_first ? o.target : 1 - o.target);
  }
  return data;
}

Outcomes<PairOutcome> presented_pairs(const Outcomes<PairOutcome>& pairs) {
  Outcomes<PairOutcome> presented;
  bool first_wins = false, second_wins = false;
  for (size_t i = 0; i < pairs.values.size(); ++i) {
    const PairOutcome& o = pairs.values[i];
    if (!o.better_first) continue;
    presented.add(o, pairs.origins[i]);
    if (o.target != 0.5) (*o.better_first ? first_wins : second_wins) = true;
  }
  return first_wins && second_wins ? presented : Outcomes<PairOutcome>{};
}

Metrics position_metrics(std::span<const PairOutcome> presented) {
  const auto values =
      [draws = LogisticDraws(first_against_second(presented))](std::span<const double> weight) {
        double wins = 0, decided = 0;
        for (size_t i = 0; i < weight.size(); ++i) {
          const double target = draws.data().target[i];
          if (target == 0.5) continue;
          decided += weight[i];
          wins += target > 0.5 ? weight[i] : 0;
        }
        MetricValues values{ratio(wins, decided)};
        const auto fit = draws.fit(weight);
        for (size_t k = 0; k < 2; ++k) {
          values.push_back(fit ? std::optional((*fit)[k]) : std::nullopt);
        }
        return values;
      };
  return {{"first_wins", "reward_coefficient", "first_coefficient"}, values};
}

}  // namespace laurel
