// Writes a comparison of models: the first model's column beside each other one's.
#include "eval/comparison_report.h"

#include <algorithm>
#include <cmath>

#include "core/option_writer.h"
#include "core/str.h"
#include "eval/report.h"
#include "eval/table_lines.h"

namespace laurel {

namespace {

std::string pair_of_letters(size_t model) { return str(model_letter(model), " - A"); }

std::string how_many(const ModelComparison& c) {
  return c.models.size() > 2 ? str(" (", c.models.size() - 1, " models compared with A at once)")
                             : "";
}

std::string interval_text(const Estimate& difference) {
  return with_interval(difference.value, difference.low, difference.high);
}

std::string model_line(const ModelComparison& c, const ComparedRows& rows, size_t model) {
  const ModelCoverage& of = rows.models[model];
  std::string dropped = of.reasons.empty() ? "" : str("; drops ", reasons_text(of.reasons));
  if (of.not_in_all > 0) dropped += str("; has ", of.not_in_all, " rows that another model drops");
  return str("  ", model_letter(model), ": ", c.models[model], dropped,
             of.weights.empty() ? "" : str("; weights: ", of.weights), "\n");
}

std::string flips_text(const FlipCounts& flips, const std::string& other) {
  return str(
      "  ", other, " gets ", flips.gained, " right that A gets wrong, and ", flips.lost,
      " wrong that A gets right; both right ", flips.both_right, ", both wrong ", flips.both_wrong,
      flips.undecided == 0 ? "" : str(", not decided by one of them ", flips.undecided), "\n");
}

std::string set_table(const SetComparison& set, size_t model) {
  const std::string other = model_letter(model);
  std::string text = table_line(set.title, {"A", other, pair_of_letters(model), "2.5 %", "97.5 %"});
  for (const MetricComparison& metric : set.metrics) {
    const Estimate& difference = metric.differences[model];
    text += table_line(metric.name,
                       {format_number(metric.values[0].value),
                        format_number(metric.values[model].value), format_number(difference.value),
                        format_number(difference.low), format_number(difference.high)});
  }
  text += str(
      "  intervals of ", pair_of_letters(model), ": ", draws_text(set.units, enum_name(set.unit)),
      set.units < 2 ? "" : ", the same for both", interval_warning(set.unit, set.units), "\n");
  if (!set.flips.empty()) text += flips_text(set.flips[model], other);
  return text;
}

std::string slices_of_model(const SliceFieldOfModels& field, const ModelComparison& c,
                            size_t model) {
  std::string text =
      table_line(shortened_name(str(c.metric, " by ", field.name)),
                 {"n", "A", model_letter(model), pair_of_letters(model), "2.5 %", "97.5 %"});
  const size_t shown = std::min(kShownSlices, field.slices.size());
  for (size_t i = 0; i < shown; ++i) {
    const SliceOfModels& slice = field.slices[i];
    const Estimate& difference = slice.differences[model];
    text += table_line(shortened_name(slice.value),
                       {str(slice.n), format_number(slice.values[0].value),
                        format_number(slice.values[model].value), format_number(difference.value),
                        format_number(difference.low), format_number(difference.high)});
  }
  return text + more_values(static_cast<int64_t>(field.slices.size() - shown) + field.left_out);
}

// "better" and "worse" where the metric orders models.
std::string verdict_of(const ModelComparison& c, size_t model) {
  const Estimate& difference = c.differences[model];
  const std::string of = str("  ", c.metric, ": ", model_letter(model));
  if (!difference.value) return str(of, " and A cannot be compared, one has no value\n");
  const auto beyond = beyond_chance(c, model);
  if (!beyond) {
    const SetComparison& set = c.sets.front();
    return str(of, " - A is ", format_number(difference.value), "; ",
               difference.low ? str(count_text(set.units, enum_name(set.unit)),
                                    " are too few to say what is chance, expected ", kMinUnits)
                              : "there is no interval that would say what is chance",
               "\n");
  }
  const std::string numbers = str(": ", interval_text(difference), how_many(c), "\n");
  if (!*beyond) return str(of, " does not differ from A beyond chance", numbers);
  const auto larger = larger_is_better(c.metric);
  if (!larger) return str(of, " differs from A beyond chance", numbers);
  const bool better = (*difference.value > 0) == *larger;
  return str(of, better ? " is better than A" : " is worse than A", " beyond chance", numbers);
}

std::string verdict_on_slices(const ModelComparison& c) {
  if (c.slices.empty()) return "";
  if (c.slices_compared == 0) return str("  ", no_large_slice(), "\n");
  std::string text;
  for (const SliceFieldOfModels& field : c.slices) {
    for (const SliceOfModels& slice : field.slices) {
      for (size_t m = 1; m < c.models.size(); ++m) {
        const Estimate& difference = slice.differences[m];
        if (!beyond_chance(c, slice, m).value_or(false)) continue;
        text += str("  ", c.metric, ", ", shortened_name(str(field.name, " ", slice.value)), ": ",
                    model_letter(m), " differs from A beyond chance: ", interval_text(difference),
                    "\n");
      }
    }
  }
  return str(text, text.empty() ? "  in no slice" : "  in no other slice", " does ", c.metric,
             " differ from A's beyond chance (", count_text(c.slices_compared, "slice"),
             " of at least ", kMinSliceRows, " rows and ", kMinSliceUnits, " units",
             c.models.size() > 2 ? str(" and ", c.models.size() - 1, " models") : "",
             ", compared all at once)\n");
}

// By model; the first has no differences.
Json models_json(const std::vector<Estimate>& values, const std::vector<Estimate>& differences) {
  Json list = Json::array();
  for (size_t m = 0; m < values.size(); ++m) {
    list.push_back(options_to_json(values[m]));
    if (m > 0) list.back()["difference"] = options_to_json(differences[m]);
  }
  return list;
}

Json flips_json(const FlipCounts& flips) {
  return {{"both_right", flips.both_right},
          {"lost", flips.lost},
          {"gained", flips.gained},
          {"both_wrong", flips.both_wrong},
          {"undecided", flips.undecided}};
}

Json compared_set_json(const SetComparison& set) {
  Json json{{"n", set.n}};
  if (set.possible > set.n) json["possible"] = set.possible;
  json["unit"] = enum_name(set.unit);
  json["units"] = set.units;
  for (const MetricComparison& metric : set.metrics) {
    json["metrics"][metric.name] = models_json(metric.values, metric.differences);
  }
  for (size_t m = 1; m < set.flips.size(); ++m) json["flips"].push_back(flips_json(set.flips[m]));
  return json;
}

Json slices_of_models_json(const ModelComparison& c) {
  Json json = Json::object();
  for (const SliceFieldOfModels& field : c.slices) {
    json[field.name] = Json::object();
    for (const SliceOfModels& slice : field.slices) {
      json[field.name][slice.value] = {{"n", slice.n},
                                       {"models", models_json(slice.values, slice.differences)}};
    }
  }
  return json;
}

Json coverage_json(const ModelComparison& c, const ComparedRows& rows) {
  Json list = Json::array();
  for (size_t m = 0; m < c.models.size(); ++m) {
    const ModelCoverage& of = rows.models[m];
    list.push_back({{"model", c.models[m]},
                    {"dropped", Json(of.reasons)},
                    {"dropped_by_others", of.not_in_all},
                    {"weights", of.weights}});
  }
  return list;
}

std::optional<bool> is_beyond_chance(const std::vector<Estimate>& values,
                                     const Estimate& difference, size_t model, int64_t units) {
  if (!difference.low || units < kMinUnits) return std::nullopt;
  const double scale =
      std::max(std::abs(values[0].value.value_or(0)), std::abs(values[model].value.value_or(0)));
  return difference.excludes_0(scale);
}

}  // namespace

std::optional<bool> beyond_chance(const ModelComparison& c, size_t model) {
  const SetComparison& set = c.sets.front();
  const auto compared = std::ranges::find(set.metrics, c.metric, &MetricComparison::name);
  return is_beyond_chance(compared->values, c.differences[model], model, set.units);
}

std::optional<bool> beyond_chance(const ModelComparison& c, const SliceOfModels& slice,
                                  size_t model) {
  return is_beyond_chance(slice.values, slice.differences[model], model, c.sets.front().units);
}

std::string model_letter(size_t model) {
  if (model < 26) return std::string(1, static_cast<char>('A' + model));
  return str("M", model + 1);
}

std::string comparison_table(const ModelComparison& c, const ComparedRows& rows) {
  std::string text = str(
      rows.source, ": compares ", rows.compared, " of ", count_text(rows.rows, "row"),
      rows.compared == rows.rows ? "" : ": a row that one model drops is dropped from all", "\n");
  for (size_t m = 0; m < c.models.size(); ++m) text += model_line(c, rows, m);
  for (size_t m = 1; m < c.models.size(); ++m) {
    for (const SetComparison& set : c.sets) text += set_table(set, m);
    for (const SliceFieldOfModels& field : c.slices) text += slices_of_model(field, c, m);
  }
  for (size_t m = 1; m < c.models.size(); ++m) text += verdict_of(c, m);
  return text + verdict_on_slices(c);
}

Json comparison_json(const ModelComparison& c, const ComparedRows& rows, double time) {
  Json json{{"kind", "compare"},         {"time", time},
            {"source", rows.source},     {"rows", rows.rows},
            {"compared", rows.compared}, {"models", coverage_json(c, rows)}};
  json.update(compared_set_json(c.sets.front()));
  for (size_t i = 1; i < c.sets.size(); ++i) {
    json["sets"][c.sets[i].name] = compared_set_json(c.sets[i]);
  }
  json["compared_metric"] = c.metric;
  json["differences"] = Json::array();
  for (size_t m = 1; m < c.models.size(); ++m) {
    json["differences"].push_back(options_to_json(c.differences[m]));
    const auto beyond = beyond_chance(c, m);
    json["differences"].back()["beyond_chance"] = beyond ? Json(*beyond) : Json(nullptr);
  }
  if (!c.slices.empty()) json["slices"] = slices_of_models_json(c);
  return json;
}

}  // namespace laurel
