// Pictures of the rows of the last evaluation: reliability, rewards, lengths, and the worst rows.
#include <algorithm>
#include <cmath>

#include "core/option_types.h"
#include "core/str.h"
#include "report/figure.h"
#include "report/html.h"
#include "report/page_parts.h"

namespace laurel {

namespace {

struct RowsOfRun {
  size_t run;
  const EvaluatedRows* rows;
};

std::string heading_of(const EvaluatedRows& rows) {
  return rows.attribute.empty() ? rows.source : rows.source + ", " + rows.attribute;
}

// Wilson's interval of a share of n, 95 %.
std::pair<double, double> wilson(double share, double n) {
  constexpr double z = 1.959964;
  const double centre = (share + z * z / (2 * n)) / (1 + z * z / n);
  const double half =
      z / (1 + z * z / n) * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return {centre - half, centre + half};
}

void add_reliability(Chart& chart, const RowsOfRun& of, bool whiskers) {
  Layer points{.mark = Mark::points, .colour = of.run};
  for (const ReliabilityBin& bin : of.rows->reliability) {
    const auto [low, high] = wilson(bin.agreement, static_cast<double>(bin.n));
    points.x.push_back(bin.confidence);
    points.y.push_back(bin.agreement);
    if (!whiskers) continue;
    points.low.push_back(low);
    points.high.push_back(high);
  }
  chart.layers.push_back({.mark = Mark::line,
                          .colour = of.run,
                          .x = points.x,
                          .y = points.y,
                          .dash = dash_of_run(of.run)});
  chart.layers.push_back(std::move(points));
}

std::string reliability_figure(Runs runs, const std::vector<RowsOfRun>& all) {
  const EvaluatedRows& first = *all.front().rows;
  const bool pairs = first.kind == OutcomeKind::pairs;
  Chart chart{.title = "Reliability of " + heading_of(first),
              .x = {.label = pairs ? "confidence" : "predicted probability",
                    .low = pairs ? 0.5 : 0.0,
                    .high = 1.0},
              .y = {.label = pairs ? "accuracy" : "share of label 1", .low = 0.0, .high = 1.0},
              .diagonal = true};
  std::vector<LegendEntry> entries;
  for (const RowsOfRun& of : all) {
    const auto error = calibration_error(of.rows->reliability);
    if (!error || of.rows->kind != first.kind) continue;
    add_reliability(chart, of, all.size() == 1);
    entries.push_back({.text = str(runs.size() > 1 ? runs[of.run].name + ": " : "",
                                   "mean distance ", digits(*error)),
                       .colour = of.run,
                       .dash = dash_of_run(of.run)});
  }
  if (chart.layers.empty()) return "";
  return figure(
      chart, entries,
      str(pairs ? "How often people prefer the answer that the model prefers, by its "
                  "confidence, the sigmoid of the difference of rewards"
                : "The share of label 1 by the predicted probability",
          "; bins of equal numbers of rows. On the dashed line the model is calibrated; "
          "below it, it is too sure. The mean distance is from it, in these bins; ece in the "
          "table is that of bins of equal width.",
          all.size() == 1 ? " Whiskers: 95 % intervals of independent rows." : ""));
}

std::string histogram_figure(const EvaluatedRows& rows) {
  Chart chart{.title = "Rewards of " + heading_of(rows),
              .x = {.label = "reward"},
              .y = {.label = "answers"}};
  std::vector<LegendEntry> entries;
  for (size_t c = 0; c < rows.classes.size(); ++c) {
    const AnswerClass& one = rows.classes[c];
    Layer bars{.mark = Mark::bars, .colour = c, .bar_width = rows.histogram_width};
    for (size_t i = 0; i < one.counts.size(); ++i) {
      bars.x.push_back(rows.histogram_low + static_cast<double>(i) * rows.histogram_width);
      bars.y.push_back(static_cast<double>(one.counts[i]));
    }
    if (!bars.x.empty()) chart.layers.push_back(std::move(bars));
    entries.push_back({.text = one.name, .mark = Mark::bars, .colour = c});
  }
  if (chart.layers.empty()) return "";
  return figure(chart, entries,
                str("How many answers have which reward, by ",
                    rows.kind == OutcomeKind::pairs ? "which of a pair people prefer"
                                                    : "what people said of them",
                    ". The more the two overlap, the less the model tells them apart. The outer "
                    "bins hold what lies beyond them."));
}

std::string length_figure(const EvaluatedRows& rows) {
  Chart chart{.title = "Reward against length of " + heading_of(rows),
              .x = {.label = "length of the answer, characters"},
              .y = {.label = "reward"}};
  std::vector<LegendEntry> entries;
  Curve lengths;
  for (size_t c = 0; c < rows.classes.size(); ++c) {
    const AnswerClass& one = rows.classes[c];
    lengths.value.insert(lengths.value.end(), one.length.begin(), one.length.end());
    chart.layers.push_back({.mark = Mark::cloud, .colour = c, .x = one.length, .y = one.reward});
    entries.push_back({.text = one.name, .mark = Mark::points, .colour = c});
  }
  if (lengths.value.empty()) return "";
  chart.x.logarithmic = *std::ranges::min_element(lengths.value) > 0;
  Layer trend{.mark = Mark::line, .colour = 2};
  for (const LengthBin& bin : rows.lengths) {
    trend.x.push_back(bin.length);
    trend.y.push_back(bin.reward);
  }
  chart.layers.push_back(std::move(trend));
  entries.push_back({.text = "mean reward at that length", .colour = 2});
  const std::string correlation =
      rows.length_correlation
          ? str(" Rank correlation of length and reward: ", digits(*rows.length_correlation), ".")
          : "";
  return figure(chart, entries,
                str("Points: some of the answers. A line that rises says that the model prefers "
                    "length, or that people do: compare accuracy_longer and accuracy_not_longer.",
                    correlation));
}

std::string text_block(const std::string& text) {
  return text.empty() ? "" : str("<pre dir=\"auto\">", escaped(text), "</pre>\n");
}

std::string wrong_row_html(const WrongRow& row, size_t number) {
  std::string html = str("<details", number == 0 ? " open" : "", "><summary>", escaped(row.where),
                         ": off by ", digits(row.error), "</summary>\n");
  if (!row.prompt.empty()) html += "<p class=\"muted\">prompt</p>\n" + text_block(row.prompt);
  for (const ShownAnswer& answer : row.answers) {
    html += str("<p class=\"muted\">", escaped(answer.label), "</p>\n", text_block(answer.text));
  }
  return html + "</details>\n";
}

std::string wrong_rows_html(const EvaluatedRows& rows) {
  if (rows.wrong.empty()) return "<p>No row is on the wrong side.</p>\n";
  std::string html =
      str("<h4>Most confidently wrong</h4>\n<p class=\"muted\">",
          rows.kind == OutcomeKind::pairs || rows.kind == OutcomeKind::lists
              ? "Rows whose worse answer has the larger reward, by how much it is larger."
              : "Rows whose prediction is furthest from what people said.",
          " Read them: some are errors of the model, some of the labels. Texts are what the model "
          "reads, with the template's tokens.</p>\n");
  for (size_t i = 0; i < rows.wrong.size(); ++i) html += wrong_row_html(rows.wrong[i], i);
  return html;
}

// Runs that have rows of the same source and attribute.
std::vector<RowsOfRun> same_rows(Runs runs, const std::string& heading) {
  std::vector<RowsOfRun> all;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (!runs[i].rows) continue;
    for (const EvaluatedRows& rows : runs[i].rows->sources) {
      if (heading_of(rows) == heading) all.push_back({i, &rows});
    }
  }
  return all;
}

std::string part_of(Runs runs, const std::string& heading) {
  const std::vector<RowsOfRun> all = same_rows(runs, heading);
  std::string html = str("<h3>", escaped(heading), "</h3>\n");
  const std::string reliability = reliability_figure(runs, all);
  if (runs.size() > 1 && !reliability.empty()) {
    html += str("<div class=\"figures\">\n", reliability, "</div>\n");
  }
  for (const RowsOfRun& of : all) {
    html += str(run_heading(runs, runs[of.run], 4), "<p class=\"muted\">After step ",
                runs[of.run].rows->step, ": ", of.rows->n, " ", enum_name(of.rows->kind),
                ".</p>\n<div class=\"figures\">\n", runs.size() > 1 ? "" : reliability,
                histogram_figure(*of.rows), length_figure(*of.rows), "</div>\n",
                wrong_rows_html(*of.rows));
  }
  return html;
}

}  // namespace

std::string rows_section(Runs runs) {
  std::vector<std::string> headings;
  for (const RunRecord& run : runs) {
    if (!run.rows) continue;
    for (const EvaluatedRows& rows : run.rows->sources) {
      const std::string heading = heading_of(rows);
      if (std::ranges::find(headings, heading) == headings.end()) headings.push_back(heading);
    }
  }
  std::string html;
  for (const std::string& heading : headings) html += part_of(runs, heading);
  return html.empty() ? "" : "<h2>Rows of the last evaluation</h2>\n" + html;
}

}  // namespace laurel
