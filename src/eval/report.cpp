// Writes evaluations as JSON and as a table.
#include "eval/report.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/option_writer.h"
#include "core/str.h"
#include "eval/best_of_n_report.h"
#include "eval/findings.h"
#include "eval/table_lines.h"

namespace laurel {

std::optional<bool> larger_is_better(const std::string& metric) {
  constexpr std::array kLarger{"accuracy", "balanced_accuracy",
                               "auc",      "r2",
                               "pearson",  "spearman",
                               "kendall",  "ndcg",
                               "top_1",    "total",
                               "micro",    "macro"};
  constexpr std::array kSmaller{"log_loss", "brier", "ece", "mse", "mae", "nll"};
  if (std::ranges::find(kLarger, metric) != kLarger.end()) return true;
  if (std::ranges::find(kSmaller, metric) != kSmaller.end()) return false;
  return std::nullopt;
}

std::string format_number(const std::optional<double>& value) {
  if (!value) return "-";
  const double size = std::abs(*value);
  const bool plain = size == 0 || (size >= 1e-3 && size < 1e5);
  char digits[64];
  const auto end =
      std::to_chars(digits, digits + sizeof(digits), *value,
                    plain ? std::chars_format::fixed : std::chars_format::general, plain ? 4 : 5);
  return {digits, end.ptr};
}

std::string with_interval(const std::optional<double>& value, const std::optional<double>& low,
                          const std::optional<double>& high) {
  if (!low || !high) return format_number(value);
  return str(format_number(value), " (", format_number(low), " to ", format_number(high), ")");
}

std::string no_large_slice() {
  return str("no slice has ", kMinSliceRows, " rows and ", kMinSliceUnits,
             " units of the intervals to be compared");
}

std::string draws_text(int64_t units, const std::string& unit) {
  const std::string of = count_text(units, unit);
  return units < 2 ? str("none, of ", of) : str(BootstrapOptions{}.draws, " draws of ", of);
}

std::string interval_warning(ResampleUnit unit, int64_t units) {
  if (units < 2) return "";
  if (units < kMinUnits) return str("; fewer than ", kMinUnits, ", so they are too narrow");
  if (unit == ResampleUnit::prompt) return "";
  return str("; there are fewer than ", kMinUnits, " prompts, and they do not say how others go");
}

namespace {

Json json_of(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json metrics_json(const MetricSet& set) {
  Json metrics = Json::object();
  for (const Metric& m : set.metrics) {
    metrics[m.name] = {
        {"value", json_of(m.value)}, {"low", json_of(m.low)}, {"high", json_of(m.high)}};
  }
  return metrics;
}

Json set_json(const MetricSet& set) {
  Json json{{"n", set.n}};
  if (set.possible > set.n) json["possible"] = set.possible;
  json["unit"] = enum_name(set.unit);
  json["units"] = set.units;
  json["metrics"] = metrics_json(set);
  return json;
}

Json slices_json(const SliceTable& table) {
  Json json = Json::object();
  for (const Slice& slice : table.slices) {
    json[slice.value] = set_json(slice.set);
    json[slice.value]["shrunken"] = json_of(slice.shrunken);
  }
  return json;
}

Json differences_json(const SliceComparison& comparison) {
  Json json = Json::array();
  for (const auto& [field, value, difference, low, high] : comparison.differ) {
    json.push_back({{"field", field},
                    {"value", value},
                    {"difference", difference},
                    {"low", low},
                    {"high", high}});
  }
  return json;
}

std::string table_of(const MetricSet& set) {
  std::string text = table_line(set.title, {"value", "2.5 %", "97.5 %"});
  for (const Metric& m : set.metrics) {
    text +=
        table_line(m.name, {format_number(m.value), format_number(m.low), format_number(m.high)});
  }
  return text + str("  intervals: ", draws_text(set.units, enum_name(set.unit)),
                    interval_warning(set.unit, set.units), "\n");
}

// The first metric of the headline with its interval and drawn to the total, the others as they are.
std::string slice_line(const std::string& name, const MetricSet& set,
                       const std::optional<double>& shrunken,
                       const std::vector<std::string>& headline) {
  std::vector<std::string> numbers{str(set.n)};
  for (const std::string& metric : headline) {
    const Metric* const found = find_metric(set, metric);
    const Metric m = found ? *found : Metric{};
    numbers.push_back(format_number(m.value));
    if (metric != headline.front()) continue;
    numbers.push_back(format_number(m.low));
    numbers.push_back(format_number(m.high));
    numbers.push_back(format_number(shrunken));
  }
  return table_line(shortened_name(name), numbers);
}

std::string table_of(const SliceTable& table, const MetricSet& total) {
  std::vector<std::string> titles{"n"};
  for (const std::string& metric : total.headline) {
    titles.push_back(metric);
    if (metric == total.headline.front())
      titles.insert(titles.end(), {"2.5 %", "97.5 %", "shrunken"});
  }
  std::string text = table_line(shortened_name(str("by ", table.field)), titles);
  text += slice_line("all", total, {}, total.headline);
  const size_t shown = std::min(kShownSlices, table.slices.size());
  for (size_t i = 0; i < shown; ++i) {
    const Slice& slice = table.slices[i];
    text += slice_line(slice.value, slice.set, slice.shrunken, total.headline);
  }
  const auto more = static_cast<int64_t>(table.slices.size() - shown) + table.left_out;
  return text + more_values(more);
}

std::string differences_of(const SliceComparison& c) {
  const std::string how =
      str("(of ", count_text(c.compared, "slice"), " of at least ", kMinSliceRows, " rows and ",
          kMinSliceUnits, " units, compared all at once)");
  if (c.compared == 0) return str("  ", no_large_slice(), "\n");
  if (c.differ.empty()) return str("  no slice differs beyond chance ", how, "\n");
  std::string text =
      table_line(str(c.metric, " differs from all"), {"difference", "2.5 %", "97.5 %"});
  for (const auto& [field, value, difference, low, high] : c.differ) {
    text += table_line(shortened_name(str(field, " ", value)),
                       {format_number(difference), format_number(low), format_number(high)});
  }
  return text + str("  all other slices do not differ beyond chance ", how, "\n");
}

std::string findings_text(const Findings& of) {
  if (of.tested.empty()) return "";
  if (of.found.empty())
    return str("  found: nothing beyond chance in ", join(of.tested, ", "), "\n");
  return str("  found: ", join(of.found, "\n  found: "), "\n");
}

std::string coverage(const Evaluation& e) {
  return str(e.source, ": covers ", e.n, " of ", count_text(e.n + e.dropped, "row"),
             e.dropped == 0 ? "" : str(", ", e.dropped, " dropped: ", reasons_text(e.reasons)),
             e.unlabelled == 0 ? "" : str("; ", e.unlabelled, " of their scores are missing"),
             e.rewards ? str("; rewards ", format_number(e.rewards->mean), " ± ",
                             format_number(e.rewards->deviation))
                       : "",
             e.weights.empty() ? "" : str("; weights: ", e.weights), "\n");
}

}  // namespace

Json evaluation_json(const Evaluation& e, int64_t step, double time) {
  const MetricSet all = e.sets.empty() ? MetricSet{} : e.sets.front();
  Json json{{"kind", "eval"},
            {"step", step},
            {"time", time},
            {"source", e.source},
            {"n", e.n},
            {"dropped", e.dropped},
            {"unit", enum_name(all.unit)},
            {"units", all.units}};
  if (all.n != e.n) json["outcomes"] = all.n;
  if (e.unlabelled > 0) json["unlabelled"] = e.unlabelled;
  if (e.rewards) json["rewards"] = {{"mean", e.rewards->mean}, {"deviation", e.rewards->deviation}};
  if (!e.weights.empty()) json["weights"] = e.weights;
  json["metrics"] = metrics_json(all);
  for (size_t i = 1; i < e.sets.size(); ++i) json["sets"][e.sets[i].name] = set_json(e.sets[i]);
  for (const SliceTable& table : e.slices) {
    json["slices"][table.field] = slices_json(table);
    if (table.left_out > 0) json["slices_left_out"][table.field] = table.left_out;
  }
  if (e.comparison) {
    json["slices_compared"] = e.comparison->compared;
    json["slices_that_differ"] = differences_json(*e.comparison);
  }
  if (e.best_of_n) json["best_of_n"] = options_to_json(*e.best_of_n);
  if (e.stability) json["stability"] = options_to_json(*e.stability);
  return json;
}

std::string evaluation_table(std::span<const Evaluation> evaluations) {
  std::string text;
  for (const Evaluation& e : evaluations) {
    text += coverage(e);
    for (const MetricSet& set : e.sets) text += table_of(set);
    if (e.sets.empty()) continue;
    for (const SliceTable& table : e.slices) text += table_of(table, e.sets.front());
    if (e.comparison) text += differences_of(*e.comparison);
    text += findings_text(findings(e));
    if (e.best_of_n) text += best_of_n_table(*e.best_of_n);
    if (e.stability) text += stability_table(*e.stability);
  }
  return text;
}

}  // namespace laurel
