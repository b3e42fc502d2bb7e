// Sorts slices by harm and shows each with its interval.
#include "report/slices_table.h"

#include <algorithm>
#include <cmath>

#include "core/str.h"
#include "report/figure.h"
#include "report/html.h"

namespace laurel {

namespace {

constexpr size_t kMostSlices = 50;  // of a field

struct HarmfulSlice {
  const Slice* slice;
  double harm;
};

std::vector<HarmfulSlice> by_harm(const SliceTable& table, const MetricSet& all,
                                  const std::string& metric) {
  std::vector<HarmfulSlice> slices;
  for (const Slice& slice : table.slices) {
    const auto found = harm(slice, all, metric);
    slices.push_back({&slice, found.value_or(-INFINITY)});
  }
  std::ranges::stable_sort(slices, std::ranges::greater{}, &HarmfulSlice::harm);
  return slices;
}

// Of all intervals that are shown.
ValueRange scale_of(const std::vector<HarmfulSlice>& slices, const std::string& metric) {
  ValueRange range{INFINITY, -INFINITY};
  for (const HarmfulSlice& one : slices) {
    const Metric* found = find_metric(one.slice->set, metric);
    if (!found) continue;
    for (const auto& value : {found->value, found->low, found->high}) {
      if (!value) continue;
      range.low = std::min(range.low, *value);
      range.high = std::max(range.high, *value);
    }
  }
  return range;
}

// Of a slice that differs from all rows beyond chance, by a comparison of all slices at once.
std::string verdict(const Evaluation& evaluation, const std::string& field,
                    const std::string& value) {
  if (!evaluation.comparison) return "";
  for (const SliceDifference& differs : evaluation.comparison->differ) {
    if (differs.field != field || differs.value != value) continue;
    const bool larger = larger_is_better(slice_metric(evaluation.sets.front())).value_or(true);
    return (differs.difference > 0) == larger ? "better" : "worse";
  }
  return "";
}

std::vector<std::string> slice_row(const HarmfulSlice& one, const Metric& all, ValueRange scale,
                                   const std::string& verdict) {
  std::vector<std::string> row{escaped(one.slice->value), str(one.slice->set.n)};
  const Metric* found = find_metric(one.slice->set, all.name);
  if (!found || !found->value) {
    row.insert(row.end(), {"-", "", "", "", ""});
    return row;
  }
  const bool interval = found->low && found->high;
  row.push_back(digits(*found->value));
  row.push_back(std::isfinite(one.harm) ? digits(one.harm) : "");
  row.push_back(verdict);
  row.push_back(interval ? str(digits(*found->low), "&nbsp;to&nbsp;", digits(*found->high)) : "");
  row.push_back(interval_svg(*found->value, found->low.value_or(NAN), found->high.value_or(NAN),
                             scale, *all.value));
  return row;
}

std::string slices_table(const Evaluation& evaluation, const SliceTable& table,
                         const MetricSet& all) {
  const std::string metric = slice_metric(all);
  std::vector<HarmfulSlice> slices = by_harm(table, all, metric);
  const size_t shown = std::min(kMostSlices, slices.size());
  const auto more = static_cast<int64_t>(slices.size() - shown) + table.left_out;
  slices.resize(shown);
  ValueRange scale = scale_of(slices, metric);
  const Metric& of_all = *find_metric(all, metric);
  scale = {std::min(scale.low, *of_all.value), std::max(scale.high, *of_all.value)};
  TableRows rows{{escaped(table.field), "n", metric, "harm", "", "95 % interval", ""}};
  for (const HarmfulSlice& one : slices) {
    rows.push_back(
        slice_row(one, of_all, scale, verdict(evaluation, table.field, one.slice->value)));
  }
  return str(
      "<h4>By ", escaped(table.field), "</h4>\n<p class=\"muted\">", escaped(metric),
      " of all rows: ", digits(*of_all.value),
      " (dashed). Harm: share of the rows times how far the slice is worse than all rows. "
      "\"worse\" or \"better\": it differs from all rows beyond chance, all slices compared at "
      "once.</p>\n",
      html_table_of_cells(rows),
      more > 0 ? str("<p>", count_text(more, "more value"), ": see metrics.jsonl.</p>\n") : "");
}

}  // namespace

std::string slice_metric(const MetricSet& all) {
  for (const char* metric : {"auc", "accuracy", "mse"}) {
    if (value_of(all, metric)) return metric;
  }
  return "";
}

std::optional<double> harm(const Slice& slice, const MetricSet& all, const std::string& metric) {
  const auto value = value_of(slice.set, metric), of_all = value_of(all, metric);
  if (!value || !of_all || all.n == 0) return std::nullopt;
  const double sign = larger_is_better(metric).value_or(true) ? 1 : -1;
  return static_cast<double>(slice.set.n) / static_cast<double>(all.n) * sign * (*of_all - *value);
}

std::string slices_tables(const Evaluation& evaluation) {
  if (evaluation.sets.empty()) return "";
  MetricSet all = evaluation.sets.front();
  const std::string metric = slice_metric(all);
  if (metric.empty()) return "";
  std::string html;
  for (const SliceTable& table : evaluation.slices) {
    if (all.n == 0) all.n = evaluation.n;
    html += slices_table(evaluation, table, all);
  }
  return html;
}

}  // namespace laurel
