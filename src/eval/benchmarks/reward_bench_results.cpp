// Sorts the keys, as RewardBench does.
#include "eval/benchmarks/reward_bench_results.h"

#include <map>
#include <vector>

#include "core/json.h"

namespace laurel {

std::string reward_bench_results(const Metrics& subsets, size_t rows, const std::string& model) {
  std::map<std::string, Json> sorted{
      {"chat_template", "tokenizer"}, {"model", model}, {"model_type", "Seq. Classifier"}};
  const MetricValues values = subsets.values(std::vector<double>(rows, 1.0));
  for (size_t k = 0; k < values.size(); ++k) {
    if (values[k] && subsets.names[k] != "total") sorted[subsets.names[k]] = *values[k];
  }
  return Json(sorted).dump(4) + "\n";
}

}  // namespace laurel
