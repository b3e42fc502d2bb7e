// Collects the outcomes of each slice twice: for its own set, and as positions in the whole.
#include "eval/slices.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>

#include "data/sources/slices.h"
#include "eval/estimate.h"
#include "eval/slice_comparison.h"

namespace laurel {

namespace {

constexpr size_t kMaxSlices = 500;  // of a field: bounds the time of their intervals

// Positions of each group's outcomes; those of a group follow one another.
std::vector<std::vector<size_t>> outcomes_by_group(const std::vector<Origin>& origins,
                                                   size_t groups) {
  std::vector<std::vector<size_t>> outcomes(groups);
  for (size_t i = 0; i < origins.size(); ++i) {
    outcomes[static_cast<size_t>(origins[i].group)].push_back(i);
  }
  return outcomes;
}

std::set<int64_t> attributes_of(const SplitOutcomes& outcomes) {
  std::set<int64_t> attributes;
  for (const Cell& cell : outcomes.cells.values) attributes.insert(cell.attribute);
  return attributes;
}

// What of a slice is compared with the whole set, in which these attributes are labelled: of a slice
// that lacks some, a mean is one of other things.
Metrics compared_metrics(const SplitOutcomes& part, const std::set<int64_t>& attributes,
                         const SetOptions& options) {
  Metrics metrics = headline_metrics(part, options);
  if (attributes_of(part) == attributes) return metrics;
  return {metrics.names,
          [n = metrics.names.size()](std::span<const double>) { return MetricValues(n); }};
}

// Fills in what is shrunken, and appends the differences that are not chance.
void add_comparison(const ComparedSlices& compared, size_t first, SliceTable& table,
                    SliceComparison& comparison) {
  const std::span<const ComparedSlice> slices =
      std::span(compared.slices).subspan(first, table.slices.size());
  const auto shrunken = shrunken_values(compared.total, slices);
  for (size_t i = 0; i < slices.size(); ++i) {
    table.slices[i].shrunken = shrunken[i];
    const auto& interval = slices[i].difference;
    if (!interval) continue;
    ++comparison.compared;
    const double scale = std::max(std::abs(*slices[i].value), std::abs(*compared.total));
    if (!excludes_0(interval->low, interval->high, scale)) continue;
    comparison.differ.push_back({.field = table.field,
                                 .value = table.slices[i].value,
                                 .difference = *slices[i].value - *compared.total,
                                 .low = interval->low,
                                 .high = interval->high});
  }
}

}  // namespace

std::vector<SliceField> slice_fields(const Split& split, const std::vector<Origin>& origins) {
  const auto by_group = outcomes_by_group(origins, split.groups.size());
  std::vector<SliceField> fields;
  for (size_t field = 0; field < split.slice_fields.size(); ++field) {
    const auto groups = groups_by_slice(split, field);
    std::vector<std::pair<std::string, std::vector<int64_t>>> values(groups.begin(), groups.end());
    std::ranges::stable_sort(
        values, [](const auto& a, const auto& b) { return a.second.size() > b.second.size(); });
    SliceField& of = fields.emplace_back(SliceField{.name = split.slice_fields[field]});
    for (auto& [value, members] : values) {
      if (of.values.size() == kMaxSlices) {
        ++of.left_out;
        continue;
      }
      std::vector<size_t> outcomes;
      for (const int64_t group : members) {
        const auto& own = by_group[static_cast<size_t>(group)];
        outcomes.insert(outcomes.end(), own.begin(), own.end());
      }
      if (outcomes.empty()) continue;
      of.values.push_back({value, std::move(members), std::move(outcomes)});
    }
  }
  return fields;
}

void add_slices(const Split& split, const Predictions& predictions, const SplitOutcomes& all,
                const SetOptions& options, Evaluation& evaluation) {
  if (split.slice_fields.empty() || evaluation.sets.empty()) return;
  const std::set<int64_t> attributes = attributes_of(all);
  std::vector<SliceSample> samples;
  for (const SliceField& field : slice_fields(split, all.origins())) {
    SliceTable table{.field = field.name, .left_out = field.left_out};
    for (const SliceMembers& members : field.values) {
      const SplitOutcomes part = collect_outcomes(split, predictions, members.groups);
      table.slices.push_back({members.value, *main_set(part, options)});
      samples.push_back(
          {.metrics = compared_metrics(part, attributes, options), .outcomes = members.outcomes});
    }
    evaluation.slices.push_back(std::move(table));
  }
  const ComparedSlices compared =
      compare_slices(headline_metrics(all, options), all.origins(), samples);
  SliceComparison comparison{.metric = evaluation.sets.front().headline.front()};
  size_t first = 0;
  for (SliceTable& table : evaluation.slices) {
    add_comparison(compared, first, table, comparison);
    first += table.slices.size();
  }
  const bool larger = larger_is_better(comparison.metric).value_or(true);
  std::ranges::stable_sort(comparison.differ, [&](const auto& a, const auto& b) {
    return larger ? a.difference < b.difference : a.difference > b.difference;
  });
  evaluation.comparison = std::move(comparison);
}

}  // namespace laurel
