// Collects the outcomes of each slice twice: for its own set, and as positions in the whole.
#include "eval/slices.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "data/sources/slices.h"
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

class SliceTables {
 public:
  SliceTables(const Split& split, const Predictions& predictions, const SplitOutcomes& all,
              const SetOptions& options)
      : split_(split),
        predictions_(predictions),
        options_(options),
        attributes_(attributes_of(all)),
        outcomes_(outcomes_by_group(all.origins(), split.groups.size())) {}

  // Appends to `samples` one for each slice of the table.
  SliceTable table(size_t field, std::vector<SliceSample>& samples) const {
    const auto groups = groups_by_slice(split_, field);
    std::vector<std::pair<std::string, std::vector<int64_t>>> values(groups.begin(), groups.end());
    std::ranges::stable_sort(
        values, [](const auto& a, const auto& b) { return a.second.size() > b.second.size(); });
    SliceTable table{.field = split_.slice_fields[field]};
    for (const auto& [value, members] : values) {
      if (table.slices.size() == kMaxSlices) {
        ++table.left_out;
        continue;
      }
      const SplitOutcomes part = collect_outcomes(split_, predictions_, members);
      const auto set = main_set(part, options_);
      if (!set) continue;
      table.slices.push_back({value, *set});
      samples.push_back({.metrics = comparable_metrics(part), .outcomes = {}});
      for (const int64_t group : members) {
        const auto& own = outcomes_[static_cast<size_t>(group)];
        samples.back().outcomes.insert(samples.back().outcomes.end(), own.begin(), own.end());
      }
    }
    return table;
  }

 private:
  // Of a slice that lacks attributes of the whole set, a mean is one of other things.
  Metrics comparable_metrics(const SplitOutcomes& part) const {
    Metrics metrics = headline_metrics(part, options_);
    if (attributes_of(part) == attributes_) return metrics;
    return {metrics.names,
            [n = metrics.names.size()](std::span<const double>) { return MetricValues(n); }};
  }

  const Split& split_;
  const Predictions& predictions_;
  const SetOptions& options_;
  std::set<int64_t> attributes_;  // that are labelled
  std::vector<std::vector<size_t>> outcomes_;
};

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
    if (interval->low <= 0 && interval->high >= 0) continue;
    comparison.differ.push_back({.field = table.field,
                                 .value = table.slices[i].value,
                                 .difference = *slices[i].value - *compared.total,
                                 .low = interval->low,
                                 .high = interval->high});
  }
}

}  // namespace

void add_slices(const Split& split, const Predictions& predictions, const SplitOutcomes& all,
                const SetOptions& options, Evaluation& evaluation) {
  if (split.slice_fields.empty() || evaluation.sets.empty()) return;
  const SliceTables tables(split, predictions, all, options);
  std::vector<SliceSample> samples;
  for (size_t field = 0; field < split.slice_fields.size(); ++field) {
    evaluation.slices.push_back(tables.table(field, samples));
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
