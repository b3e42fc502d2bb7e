// Draws units with replacement and takes percentiles of the metrics of the draws.
#include "eval/bootstrap.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "core/random.h"

namespace laurel {

namespace {

// Numbers keys 0, 1, 2, ... in the order in which they appear.
class Numbering {
 public:
  int32_t operator()(uint64_t key) {
    return numbers_.emplace(key, static_cast<int32_t>(numbers_.size())).first->second;
  }
  int64_t size() const { return static_cast<int64_t>(numbers_.size()); }

 private:
  std::unordered_map<uint64_t, int32_t> numbers_;
};

Resampling by_response(std::span<const Origin> origins) {
  Numbering responses;
  Resampling result{.unit = ResampleUnit::response};
  for (const Origin& o : origins) {
    const int32_t first = responses(o.responses[0]), second = responses(o.responses[1]);
    result.members.push_back({first, first == second ? -1 : second});
  }
  result.units = responses.size();
  return result;
}

// Copies of a row say nothing new, and what is labelled in one row varies together.
Resampling by_row(std::span<const Origin> origins) {
  std::map<std::array<uint64_t, 3>, int32_t> numbers;
  Resampling result;
  for (const Origin& o : origins) {
    const auto next = static_cast<int32_t>(numbers.size());
    const auto row = numbers.try_emplace({o.prompt, o.responses[0], o.responses[1]}, next).first;
    result.members.push_back({row->second, -1});
  }
  result.units = static_cast<int64_t>(numbers.size());
  return result;
}

// Whether some response takes part in more than one outcome.
bool has_repeats(const Resampling& responses) {
  int64_t parts = 0;
  for (const auto& [first, second] : responses.members) parts += second < 0 ? 1 : 2;
  return responses.units < parts;
}

}  // namespace

double quantile(const std::vector<double>& sorted, double q) {
  const double position = q * static_cast<double>(sorted.size() - 1);
  const size_t below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

Resampling resample_prompts(std::span<const uint64_t> prompts) {
  Numbering numbers;
  Resampling result{.unit = ResampleUnit::prompt};
  for (const uint64_t prompt : prompts) result.members.push_back({numbers(prompt), -1});
  result.units = numbers.size();
  return result;
}

Resampling choose_resampling(std::span<const Origin> origins) {
  std::vector<uint64_t> of_origins;
  for (const Origin& o : origins) of_origins.push_back(o.prompt);
  Resampling prompts = resample_prompts(of_origins);
  if (prompts.units >= kMinUnits) return prompts;
  Resampling responses = by_response(origins);
  if (responses.units >= kMinUnits && has_repeats(responses)) return responses;
  return by_row(origins);
}

void for_each_draw(const Resampling& resampling, const BootstrapOptions& options,
                   const std::function<void(std::span<const double> weight)>& use) {
  if (resampling.units < 2) return;
  const size_t n = resampling.members.size();
  std::vector<double> weight(n), drawn(resampling.units);
  Random random(options.seed);
  for (int64_t draw = 0; draw < options.draws; ++draw) {
    std::fill(drawn.begin(), drawn.end(), 0.0);
    for (int64_t i = 0; i < resampling.units; ++i) drawn[random.below(resampling.units)] += 1;
    for (size_t i = 0; i < n; ++i) {
      const auto [first, second] = resampling.members[i];
      weight[i] = second < 0 ? drawn[first] : drawn[first] * drawn[second];
    }
    use(weight);
  }
}

std::vector<std::optional<Interval>> bootstrap(
    const Resampling& resampling,
    const std::function<MetricValues(std::span<const double> weight)>& statistic,
    const BootstrapOptions& options) {
  const std::vector<double> once(resampling.members.size(), 1.0);
  std::vector<std::vector<double>> values(statistic(once).size());
  for_each_draw(resampling, options, [&](std::span<const double> weight) {
    const MetricValues result = statistic(weight);
    for (size_t k = 0; k < values.size(); ++k) {
      if (result[k]) values[k].push_back(*result[k]);
    }
  });

  std::vector<std::optional<Interval>> intervals(values.size());
  for (size_t k = 0; k < values.size(); ++k) {
    if (values[k].empty() || 2 * static_cast<int64_t>(values[k].size()) < options.draws) continue;
    std::sort(values[k].begin(), values[k].end());
    intervals[k] = {quantile(values[k], options.low), quantile(values[k], options.high)};
  }
  return intervals;
}

}  // namespace laurel
