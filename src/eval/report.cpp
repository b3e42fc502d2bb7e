// Writes evaluations for machines and for people.
#include "eval/report.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/str.h"

namespace laurel {

namespace {

Json json_of(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

void add_metrics(const MetricSet& set, Json& metrics) {
  for (const Metric& m : set.metrics) {
    metrics[m.name] = {
        {"value", json_of(m.value)}, {"low", json_of(m.low)}, {"high", json_of(m.high)}};
  }
}

const char* name_of(ResampleUnit unit) { return enum_names(unit)[static_cast<size_t>(unit)]; }

// Four decimals; five digits where those would say nothing or too much.
std::string readable(const std::optional<double>& value) {
  if (!value) return "-";
  const double size = std::abs(*value);
  const bool plain = size == 0 || (size >= 1e-3 && size < 1e5);
  char digits[64];
  const auto end =
      std::to_chars(digits, digits + sizeof(digits), *value,
                    plain ? std::chars_format::fixed : std::chars_format::general, plain ? 4 : 5);
  return {digits, end.ptr};
}

std::string left(const std::string& text, size_t width) {
  return text + std::string(width - std::min(width, text.size()), ' ');
}

std::string right(const std::string& text, size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

constexpr size_t kName = 22, kNumber = 12;

std::string line(const std::string& name, const std::string& value, const std::string& low,
                 const std::string& high) {
  return str("  ", left(name, kName), right(value, kNumber), right(low, kNumber),
             right(high, kNumber), "\n");
}

std::string counted(int64_t n, const std::string& word) {
  return str(n, " ", word, n == 1 ? "" : "s");
}

std::string table_of(const MetricSet& set, const std::string& what) {
  std::string text = line(what, "value", "2.5 %", "97.5 %");
  for (const Metric& m : set.metrics) {
    text += line(m.name, readable(m.value), readable(m.low), readable(m.high));
  }
  return text + str("  intervals: ", BootstrapOptions{}.draws, " draws of ",
                    counted(set.units, name_of(set.unit)), "\n");
}

std::string coverage(const Evaluation& e) {
  std::vector<std::string> reasons;
  for (const auto& [reason, count] : e.reasons) reasons.push_back(str(count, " ", reason));
  return str(e.source, ": covers ", e.n, " of ", counted(e.n + e.dropped, "row"),
             e.dropped == 0 ? "" : str(", ", e.dropped, " dropped: ", join(reasons, ", ")), "\n");
}

std::string pairs_title(const Evaluation& e) {
  if (e.pairs->n == e.pairs_possible) return counted(e.pairs->n, "pair");
  return str(e.pairs->n, " of ", counted(e.pairs_possible, "pair"));
}

}  // namespace

Json evaluation_json(const Evaluation& e, int64_t step, double time) {
  Json json{{"kind", "eval"},
            {"step", step},
            {"time", time},
            {"source", e.source},
            {"n", e.n},
            {"dropped", e.dropped},
            {"unit", name_of(e.judged.unit)},
            {"units", e.judged.units}};
  if (e.pairs) {
    json["pairs"] = {{"n", e.pairs->n},
                     {"possible", e.pairs_possible},
                     {"unit", name_of(e.pairs->unit)},
                     {"units", e.pairs->units}};
  }
  json["metrics"] = Json::object();
  add_metrics(e.judged, json["metrics"]);
  if (e.pairs) add_metrics(*e.pairs, json["metrics"]);
  return json;
}

std::string evaluation_table(std::span<const Evaluation> evaluations) {
  std::string text;
  for (const Evaluation& e : evaluations) {
    text += coverage(e);
    if (!e.judged.metrics.empty()) text += table_of(e.judged, counted(e.n, "row"));
    if (e.pairs) text += table_of(*e.pairs, pairs_title(e));
  }
  return text;
}

}  // namespace laurel
