// What the evaluations found: tables of the last metrics, their curves, and slices.
#include <algorithm>
#include <cmath>

#include "core/option_types.h"
#include "core/str.h"
#include "eval/findings.h"
#include "report/baselines.h"
#include "report/figure.h"
#include "report/html.h"
#include "report/page_parts.h"
#include "report/slices_table.h"

namespace laurel {

namespace {

constexpr size_t kMarkedPoints = 30;  // of a curve; more would touch each other

// Of a source's main set at every evaluation.
struct MetricCurve {
  std::vector<double> step, value, low, high;
};

double or_nan(const std::optional<double>& value) { return value.value_or(NAN); }

MetricCurve metric_curve(const RunRecord& run, const std::string& source,
                         const std::string& metric) {
  MetricCurve curve;
  for (const EvaluationRecord& record : run.evaluations) {
    if (record.evaluation.source != source) continue;
    const Metric* found = find_metric(record.evaluation.sets.front(), metric);
    if (!found || !found->value) continue;
    curve.step.push_back(static_cast<double>(record.step));
    curve.value.push_back(*found->value);
    curve.low.push_back(or_nan(found->low));
    curve.high.push_back(or_nan(found->high));
  }
  return curve;
}

void add_layers(Chart& chart, const MetricCurve& curve, size_t run) {
  const bool one = curve.step.size() == 1;
  if (!one) {
    chart.layers.push_back(
        {.mark = Mark::band, .colour = run, .x = curve.step, .low = curve.low, .high = curve.high});
    chart.layers.push_back({.mark = Mark::line,
                            .colour = run,
                            .x = curve.step,
                            .y = curve.value,
                            .dash = dash_of_run(run)});
  }
  if (curve.step.size() > kMarkedPoints) return;
  Layer points{.mark = Mark::points, .colour = run, .x = curve.step, .y = curve.value};
  if (one) {
    points.low = curve.low;
    points.high = curve.high;
  }
  chart.layers.push_back(std::move(points));
}

// The dashed line of a metric, by the last evaluation of the first run that has one.
std::string add_baseline(Chart& chart, Runs runs, const std::string& source,
                         const std::string& metric) {
  for (const RunRecord& run : runs) {
    const EvaluationRecord* last = run.last_evaluation(source);
    if (!last) continue;
    for (const MetricAndBaseline& known : kBaselines) {
      const auto value = value_of(last->evaluation.sets.front(), known.baseline);
      if (metric != known.metric || !value) continue;
      chart.guide_y = value;
      return str(" Dashed: ", known.meaning, ", ", digits(*value), ".");
    }
  }
  return "";
}

std::string metric_figure(Runs runs, const std::string& source, const std::string& metric) {
  Chart chart{.title = str(metric, " of ", source, " by step"),
              .x = {.label = "step"},
              .y = {.label = metric}};
  std::vector<LegendEntry> entries;
  bool intervals = false;
  for (size_t i = 0; i < runs.size(); ++i) {
    const MetricCurve curve = metric_curve(runs[i], source, metric);
    if (curve.step.empty()) continue;
    intervals |= std::ranges::any_of(curve.low, [](double low) { return std::isfinite(low); });
    add_layers(chart, curve, i);
    entries.push_back({.text = runs[i].name, .colour = i, .dash = dash_of_run(i)});
  }
  if (chart.layers.empty()) return "";
  if (runs.size() == 1) entries.clear();
  const auto larger = larger_is_better(metric);
  const std::string better = !larger ? "" : *larger ? " Larger is better." : " Smaller is better.";
  const std::string dashed = add_baseline(chart, runs, source, metric);
  return figure(chart, entries,
                str(intervals ? "With 95 % intervals." : "Without intervals.", better, dashed));
}

std::string figures_of(Runs runs, const std::string& source) {
  std::vector<std::string> metrics;
  for (const RunRecord& run : runs) {
    const EvaluationRecord* last = run.last_evaluation(source);
    if (!last) continue;
    for (const Metric& metric : last->evaluation.sets.front().metrics) {
      const bool known = std::ranges::find(metrics, metric.name) != metrics.end();
      const bool moves = larger_is_better(metric.name) || metric.name == "margin";
      if (moves && !known) metrics.push_back(metric.name);
    }
  }
  std::string html;
  for (const std::string& metric : metrics) html += metric_figure(runs, source, metric);
  return html.empty() ? "" : str("<div class=\"figures\">\n", html, "</div>\n");
}

std::string value_text(const Metric* metric) {
  if (!metric || !metric->value) return "-";
  if (!metric->low || !metric->high) return digits(*metric->value);
  return str(digits(*metric->value), " (", digits(*metric->low), " to ", digits(*metric->high),
             ")");
}

const MetricSet* find_set(const EvaluationRecord* record, const std::string& name) {
  if (!record) return nullptr;
  const auto& sets = record->evaluation.sets;
  const auto found = std::ranges::find(sets, name, &MetricSet::name);
  return found == sets.end() ? nullptr : &*found;
}

// The metrics of a set, a column for each of the evaluations.
std::string metrics_table(const std::string& set,
                          const std::vector<std::pair<std::string, const EvaluationRecord*>>& of) {
  TableRows rows{{"metric"}};
  std::vector<std::string> metrics;
  for (const auto& [title, record] : of) {
    rows[0].push_back(title);
    const MetricSet* found = find_set(record, set);
    if (!found) continue;
    for (const Metric& metric : found->metrics) {
      if (std::ranges::find(metrics, metric.name) == metrics.end()) metrics.push_back(metric.name);
    }
  }
  for (const std::string& metric : metrics) {
    std::vector<std::string> row{metric};
    for (const auto& [title, record] : of) {
      const MetricSet* found = find_set(record, set);
      row.push_back(value_text(found ? find_metric(*found, metric) : nullptr));
    }
    rows.push_back(std::move(row));
  }
  return html_table(rows);
}

// First and last evaluation of the only run; the last of several.
std::vector<std::pair<std::string, const EvaluationRecord*>> columns_of(Runs runs,
                                                                        const std::string& source) {
  std::vector<std::pair<std::string, const EvaluationRecord*>> columns;
  for (const RunRecord& run : runs) {
    const EvaluationRecord* last = run.last_evaluation(source);
    if (!last) continue;
    if (runs.size() == 1) {
      const auto first = std::ranges::find(
          run.evaluations, source, [](const auto& record) { return record.evaluation.source; });
      if (&*first != last) columns.push_back({str("step ", first->step), &*first});
      columns.push_back({str("step ", last->step), last});
    } else {
      columns.push_back({str(run.name, ", step ", last->step), last});
    }
  }
  return columns;
}

std::string tables_of(Runs runs, const std::string& source) {
  const auto columns = columns_of(runs, source);
  std::string html = metrics_table("", columns);
  std::vector<std::string> sets;
  for (const auto& [title, record] : columns) {
    for (const MetricSet& set : record->evaluation.sets) {
      if (set.name.empty() || std::ranges::find(sets, set.name) != sets.end()) continue;
      sets.push_back(set.name);
      html += str("<details><summary>", escaped(set.name), ": ", count_text(set.n, "row"),
                  "</summary>\n", metrics_table(set.name, columns), "</details>\n");
    }
  }
  return html;
}

std::string coverage(const RunRecord& run, const EvaluationRecord& record) {
  const Evaluation& evaluation = record.evaluation;
  const MetricSet& set = evaluation.sets.front();
  return str(run.name, ", after step ", record.step, ": ", evaluation.n, " of ",
             count_text(evaluation.n + evaluation.dropped, "row"), ", ", evaluation.dropped,
             " dropped; intervals by ", count_text(set.units, enum_name(set.unit)),
             evaluation.weights.empty() ? "" : "; weights: " + evaluation.weights, ".");
}

std::string findings_list(const Findings& of) {
  if (of.tested.empty()) return "";
  std::string items;
  for (const std::string& finding : of.found) items += str("<li>", escaped(finding), "</li>\n");
  if (items.empty()) {
    return str("<p>Found: nothing beyond chance in ", escaped(join(of.tested, ", ")), ".</p>\n");
  }
  return str("<p>Found beyond chance:</p>\n<ul>\n", items, "</ul>\n");
}

std::string source_part(Runs runs, const std::string& source) {
  std::string html = str("<h3>", escaped(source), "</h3>\n");
  for (const RunRecord& run : runs) {
    const EvaluationRecord* last = run.last_evaluation(source);
    if (!last) continue;
    html += str("<p class=\"muted\">", escaped(coverage(run, *last)), "</p>\n",
                findings_list(findings(last->evaluation)));
  }
  html += tables_of(runs, source) + figures_of(runs, source);
  for (const RunRecord& run : runs) {
    const EvaluationRecord* last = run.last_evaluation(source);
    const std::string slices = last ? slices_tables(last->evaluation) : "";
    if (!slices.empty()) html += run_heading(runs, run, 4) + slices;
  }
  return html;
}

}  // namespace

std::string evaluation_section(Runs runs) {
  std::vector<std::string> sources;
  for (const RunRecord& run : runs) {
    for (const std::string& source : run.evaluated_sources()) {
      if (std::ranges::find(sources, source) == sources.end()) sources.push_back(source);
    }
  }
  std::string html;
  for (const std::string& source : sources) html += source_part(runs, source);
  return html.empty() ? "" : "<h2>Evaluation</h2>\n" + html;
}

}  // namespace laurel
