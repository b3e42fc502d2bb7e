// Curves of the steps: loss, learning rate, gradient norm, and what each source has.
#include <functional>

#include "core/str.h"
#include "report/figure.h"
#include "report/page_parts.h"
#include "report/thin_curve.h"

namespace laurel {

namespace {

constexpr size_t kPoints = 300;  // of a curve: a chart is about as many pixels wide
constexpr size_t kPointsOfSeveral = 150;

using CurveOf = std::function<const Curve*(const RunRecord&)>;

struct CurveFigure {
  std::string title, axis, caption;
  CurveOf curve_of;
};

std::string caption_of(const CurveFigure& what, size_t points_each, bool band, bool logarithmic) {
  std::string caption = what.caption;
  if (points_each > 1) {
    caption += str(" Each point is the mean of ", points_each, " steps",
                   band ? "; the band goes from the smallest to the largest." : ".");
  }
  if (logarithmic) caption += " Logarithmic axis.";
  return caption;
}

// "" where no run has the curve.
std::string curve_figure(Runs runs, const CurveFigure& what) {
  Chart chart{.title = what.title, .x = {.label = "step"}, .y = {.label = what.axis}};
  std::vector<LegendEntry> entries;
  size_t points_each = 1;
  const bool band = runs.size() == 1;
  for (size_t i = 0; i < runs.size(); ++i) {
    const Curve* curve = what.curve_of(runs[i]);
    if (!curve || curve->step.empty()) continue;
    if (spans_decades(*curve)) chart.y.logarithmic = true;
    const ThinCurve thin = thin_curve(*curve, band ? kPoints : kPointsOfSeveral);
    points_each = std::max(points_each, thin.points_each);
    if (band && thin.points_each > 1) {
      chart.layers.push_back(
          {.mark = Mark::band, .colour = i, .x = thin.step, .low = thin.low, .high = thin.high});
    }
    const size_t dash = dash_of_run(i);
    chart.layers.push_back({.mark = thin.step.size() == 1 ? Mark::points : Mark::line,
                            .colour = i,
                            .x = thin.step,
                            .y = thin.mean,
                            .dash = dash});
    entries.push_back({.text = runs[i].name, .colour = i, .dash = dash});
  }
  if (chart.layers.empty()) return "";
  if (runs.size() == 1) entries.clear();
  return figure(chart, entries, caption_of(what, points_each, band, chart.y.logarithmic));
}

CurveOf curve_named(const std::string& name) {
  return [name](const RunRecord& run) -> const Curve* {
    const auto found = run.curves.find(name);
    return found == run.curves.end() ? nullptr : &found->second;
  };
}

CurveOf source_curve(const std::string& name, const std::string& source) {
  return [name, source](const RunRecord& run) -> const Curve* {
    const auto curves = run.source_curves.find(name);
    if (curves == run.source_curves.end()) return nullptr;
    const auto found = curves->second.find(source);
    return found == curves->second.end() ? nullptr : &found->second;
  };
}

// Sources that have a curve of this name in some run.
std::vector<std::string> sources_with(Runs runs, const std::string& name) {
  std::map<std::string, bool> sources;
  for (const RunRecord& run : runs) {
    const auto curves = run.source_curves.find(name);
    if (curves == run.source_curves.end()) continue;
    for (const auto& [source, curve] : curves->second) sources[source] = true;
  }
  std::vector<std::string> names;
  for (const auto& [source, there] : sources) names.push_back(source);
  return names;
}

std::string source_figures(Runs runs) {
  std::string html;
  const std::vector<std::string> losses = sources_with(runs, "losses");
  for (const std::string& source : losses) {
    if (losses.size() < 2) break;  // the same as the loss, but for its weight
    html += curve_figure(runs, {.title = "Loss of " + source + " by step",
                                .axis = "loss of " + source,
                                .caption = "Before loss_weight and shares.",
                                .curve_of = source_curve("losses", source)});
  }
  for (const std::string& source : sources_with(runs, "accuracy")) {
    html += curve_figure(runs, {.title = "Training accuracy of " + source + " by step",
                                .axis = "accuracy of " + source,
                                .caption = "Share of the step's pairs whose better answer has the "
                                           "larger reward, before the update.",
                                .curve_of = source_curve("accuracy", source)});
  }
  for (const std::string& source : sources_with(runs, "rewards")) {
    html += curve_figure(runs, {.title = "Mean reward of " + source + " by step",
                                .axis = "mean reward of " + source,
                                .caption = "Of the step's answers, before the update.",
                                .curve_of = source_curve("rewards", source)});
  }
  return html;
}

}  // namespace

std::string training_section(Runs runs) {
  const std::string figures =
      curve_figure(runs, {.title = "Loss by step",
                          .axis = "loss",
                          .caption = "Of each step, on its training rows.",
                          .curve_of = curve_named("loss")}) +
      curve_figure(runs, {.title = "Learning rate by step",
                          .axis = "learning rate",
                          .caption = "By train.schedule.",
                          .curve_of = curve_named("lr")}) +
      curve_figure(runs, {.title = "Gradient norm by step",
                          .axis = "gradient norm",
                          .caption = "Before clipping (train.max_grad_norm).",
                          .curve_of = curve_named("grad_norm")}) +
      source_figures(runs);
  if (figures.empty()) return "";
  return str("<h2>Training</h2>\n<div class=\"figures\">\n", figures, "</div>\n");
}

}  // namespace laurel
