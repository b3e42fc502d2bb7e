// Sums by part.
#include "eval/benchmarks/part_means.h"

#include <algorithm>
#include <utility>

namespace laurel {

MetricValues means_by_part(const RowValues& rows, size_t parts, std::span<const double> weight) {
  std::vector<double> sum(parts), total(parts);
  for (size_t i = 0; i < rows.part.size(); ++i) {
    sum[rows.part[i]] += weight[i] * rows.value[i];
    total[rows.part[i]] += weight[i];
  }
  MetricValues means;
  for (size_t k = 0; k < parts; ++k) means.push_back(ratio(sum[k], total[k]));
  return means;
}

std::optional<double> mean_of(std::span<const std::optional<double>> values) {
  double sum = 0;
  for (const std::optional<double>& value : values) {
    if (!value) return std::nullopt;
    sum += *value;
  }
  return ratio(sum, static_cast<double>(values.size()));
}

Metrics part_metrics(const std::vector<std::string>& names, const RowValues& rows) {
  Metrics metrics;
  std::vector<size_t> present(names.size());  // the place of each part among those with rows
  for (size_t k = 0; k < names.size(); ++k) {
    present[k] = metrics.names.size();
    if (std::ranges::count(rows.part, k) > 0) metrics.names.push_back(names[k]);
  }
  RowValues own = rows;
  for (size_t& part : own.part) part = present[part];
  metrics.values = [own = std::move(own),
                    parts = metrics.names.size()](std::span<const double> weight) {
    return means_by_part(own, parts, weight);
  };
  return metrics;
}

}  // namespace laurel
