// Score by the upper bound of the divergence, with that of the longest answer and of a random one.
#include "report/best_of_n_figure.h"

#include <algorithm>

#include "checkpoint/manifest.h"
#include "checkpoint/run_folder.h"
#include "core/files.h"
#include "core/option_reader.h"
#include "core/str.h"
#include "report/figure.h"
#include "report/html.h"

namespace laurel {

namespace fs = std::filesystem;

// Of one estimate of each point.
static void add_best_of_n_curve(Chart& chart, const BestOfN& found, Estimate BestOfNPoint::*of,
                                size_t colour) {
  Layer band{.mark = Mark::band, .colour = colour, .x = {}, .y = {}};
  Layer line{.mark = Mark::line, .colour = colour, .x = {}, .y = {}, .dash = colour};
  for (const BestOfNPoint& point : found.points) {
    const Estimate& estimate = point.*of;
    band.x.push_back(point.divergence_bound);
    line.x.push_back(point.divergence_bound);
    const double value = estimate.value.value_or(0);
    line.y.push_back(value);
    band.low.push_back(estimate.low.value_or(value));
    band.high.push_back(estimate.high.value_or(value));
  }
  chart.layers.push_back(std::move(band));
  chart.layers.push_back(std::move(line));
}

static std::string best_of_n_figure(const BestOfNResult& result) {
  const BestOfN& found = result.found;
  const int64_t largest = found.points.back().n;
  Chart chart{.title = str("trusted score of the best of N by reward, ", result.source),
              .x = {.label = "log N - (N - 1) / N, nats"},
              .y = {.label = "trusted score"}};
  add_best_of_n_curve(chart, found, &BestOfNPoint::score, 0);
  add_best_of_n_curve(chart, found, &BestOfNPoint::longest, 1);
  chart.guide_y = found.random.value;
  const std::string turn =
      found.equal_rewards ? str(" The answers of each prompt have equal rewards.")
      : found.turns && found.peak == 1
          ? str(" Choosing by this reward is worse than a random answer.")
      : found.turns          ? str(" The score turns: it is highest at N = ", found.peak, ".")
      : found.peak < largest ? str(" Highest at N = ", found.peak, ", not beyond chance.")
                             : str(" Highest at the largest N.");
  return figure(chart,
                {{.text = "highest reward", .colour = 0, .dash = 0},
                 {.text = "longest answer", .colour = 1, .dash = 1}},
                str("N from 1 to ", largest, ", ", count_text(found.prompts, "prompt"),
                    ", with 95 % intervals; the axis is an upper bound of the KL divergence. "
                    "Dashed: a random answer.",
                    turn));
}

// In final/, export/, adapter/ or a checkpoint.
static bool holds_weights(const RunFolder& run, const std::string& sha256) {
  std::vector<fs::path> models{run.final_folder(), run.export_folder(), run.adapter_folder()};
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(run.checkpoints(), ignored)) {
    models.push_back(entry.path());
  }
  return std::ranges::any_of(models, [&](const fs::path& model) {
    return fs::is_directory(model, ignored) && weights_sha256(model) == sha256;
  });
}

static std::string doubt_of(const BestOfN& found, const std::vector<std::string>& runs) {
  if (runs.empty()) return "";
  if (!found.weights_sha256) return "does not say of which weights it is";
  const auto holds = [&](const std::string& run) {
    return holds_weights(RunFolder{run}, *found.weights_sha256);
  };
  if (std::ranges::any_of(runs, holds)) return "";
  return str("is of another model: no final/, export/, adapter/ or checkpoint of ",
             join(runs, ", "), " has its weights");
}

BestOfNResult read_best_of_n(const fs::path& file, const std::vector<std::string>& runs) {
  const std::string where = file.string();
  const Json json = parse_json(read_file(file, ErrorKind::usage), where, ErrorKind::usage);
  const auto found = json.is_object() ? json.find("best_of_n") : json.end();
  if (!json.is_object() || found == json.end()) {
    throw Error{ErrorKind::usage,
                str(where,
                    ": found no best_of_n, expected what laurel eval MODEL DATA --best-of-n N "
                    "--json FILE writes")};
  }
  const auto source = json.find("source");
  BestOfNResult result{
      .name = file.filename().string(),
      .source = source != json.end() && source->is_string() ? source->get<std::string>() : "",
      .found = read_file_json<BestOfN>(*found, where + ": best_of_n", ErrorKind::usage)};
  if (result.found.points.empty()) {
    throw Error{ErrorKind::usage, str(where, ": best_of_n: found no points, expected some")};
  }
  result.doubt = doubt_of(result.found, runs);
  return result;
}

std::string best_of_n_section(const std::vector<BestOfNResult>& results) {
  std::string html;
  for (const BestOfNResult& result : results) {
    html += str("<h3>", escaped(result.name), "</h3>\n");
    if (!result.doubt.empty()) {
      html += str("<p><b>", escaped(str(result.name, " ", result.doubt)), ".</b></p>\n");
    }
    html += str("<div class=\"figures\">\n", best_of_n_figure(result), "</div>\n");
  }
  return html.empty() ? "" : "<h2>Best of N</h2>\n" + html;
}

}  // namespace laurel
