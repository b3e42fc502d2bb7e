// Rules for the options of a source, and the summary of a load report.
#include "data/sources/source.h"

#include <algorithm>
#include <set>

#include "core/option_types.h"
#include "core/str.h"
#include "data/files/raw_row.h"
#include "data/records/format.h"
#include "data/sources/source_name.h"

namespace laurel {

namespace {

// The two shapes of a pair never stand in one row, so that one may be renamed to the other.
bool is_lettered(const std::string& name) {
  return name == "response_a" || name == "response_b" || name == "preferred";
}
bool is_named(const std::string& name) { return name == "chosen" || name == "rejected"; }

// A renamed field must not be read a second time under its own name.
void check_read_once(const Fields& fields, const std::string& name,
                     const std::vector<std::string>& known, std::vector<std::string>& problems) {
  const std::string& key = *fields.at(name);
  const bool is_field = std::find(known.begin(), known.end(), key) != known.end();
  const bool other_shape =
      (is_lettered(name) && is_named(key)) || (is_named(name) && is_lettered(key));
  if (key == name || !is_field || other_shape || fields.contains(key)) return;
  problems.push_back(str("fields.", name, ": found \"", key, "\", which is read as \"", key,
                         "\" too, expected a field that nothing else reads, or \"", key,
                         "\": null beside it"));
}

// An option that names a slice stands beside the option that needs it, or neither does.
void check_slice_of(const SourceOptions& source, const char* option,
                    const std::optional<std::string>& field, const char* needs_it, bool needed,
                    std::vector<std::string>& problems) {
  if (field.has_value() != needed) {
    problems.push_back(str(option, ": found ", field ? "it without " : "none with ", needs_it,
                           "; set ", option, " and ", needs_it, " together"));
  }
  if (!field || std::ranges::find(source.slices, *field) != source.slices.end()) return;
  problems.push_back(str(option, ": found \"", *field, "\", expected one of slices: ",
                         source.slices.empty() ? "it names none" : join(source.slices, ", ")));
}

void check_slices(const SourceOptions& source, std::vector<std::string>& problems) {
  std::set<std::string> slices;
  for (const std::string& field : source.slices) {
    if (field.empty() || !slices.insert(field).second) {
      problems.push_back(str("slices: found \"", field, "\", expected different fields"));
    }
  }
  const bool balanced = source.sampling == Sampling::balanced;
  const bool weighed = !source.population.empty();
  check_slice_of(source, "balanced_by", source.balanced_by, "sampling balanced", balanced,
                 problems);
  check_slice_of(source, "population_of", source.population_of, "population", weighed, problems);
  for (const auto& [value, share] : source.population) {
    if (share > 0) continue;
    problems.push_back(
        str("population.", value, ": found the share ", share, ", expected a number > 0"));
  }
  if (balanced && weighed) {
    problems.push_back(
        "population: found together with sampling balanced, expected one of the two");
  }
}

void check_training_options(const SourceOptions& source, std::vector<std::string>& problems) {
  const auto refuse = [&](bool given, const char* option) {
    if (given) {
      problems.push_back(str(
          option, ": found on a source without train files, expected only where there are some"));
    }
  };
  refuse(source.eval_fraction > 0, "eval_fraction");
  refuse(source.split.has_value(), "split");
  refuse(source.share.has_value(), "share");
  refuse(source.active != Active{}, "active");
  refuse(source.sampling != Sampling::uniform, "sampling");
  refuse(!source.population.empty(), "population");
  refuse(source.score_scaling != ScoreScaling::none, "score_scaling");
  refuse(!source.attribute_weights.empty(), "attribute_weights");
  refuse(source.annotator_scaling != AnnotatorScaling::none, "annotator_scaling");
}

void check_grouping(const SourceOptions& source, std::vector<std::string>& problems) {
  if (source.expand == Expand::none) return;
  const char* const format =
      source.expand == Expand::prm800k ? SegmentsFormat::name : RankedFormat::name;
  if (std::string_view(format_name(source.format)) != format) {
    problems.push_back(str("expand: found ", enum_name(source.expand), " with the format ",
                           format_name(source.format), ", expected ", format));
  }
  if (source.rows_per_group > 1) {
    problems.push_back("rows_per_group: found together with expand, expected one of the two");
  }
}

void check_attributes(const SourceOptions& source, std::vector<std::string>& problems) {
  std::set<std::string> names;
  for (const std::string& name : source.attributes) {
    const std::vector<std::string> fields = field_names(source.format);
    const bool taken = name != "score" && std::ranges::find(fields, name) != fields.end();
    if (name.empty() || taken || !names.insert(name).second) {
      problems.push_back(str("attributes: found \"", name, "\"",
                             name.empty() || taken ? "" : " twice",
                             ", expected fields that are scores, each once"));
    }
  }
  for (const auto& [name, weight] : source.attribute_weights) {
    if (!(weight >= 0)) {
      problems.push_back(
          str("attribute_weights.", name, ": found ", weight, ", expected at least 0"));
    }
    if (names.contains(name)) continue;
    problems.push_back(str("attribute_weights: found \"", name, "\"",
                           did_you_mean(name, source.attributes),
                           ", expected one of the attributes"));
  }
}

// Options that say something of scores, on a source that has none, or whose scores become pairs.
void check_scores(const SourceOptions& source, std::vector<std::string>& problems) {
  const auto refuse = [&](bool given, const char* option, const char* why) {
    if (given) problems.push_back(str(option, ": found ", why));
  };
  const bool rated = std::holds_alternative<PointwiseFormat>(source.format),
             cut = std::holds_alternative<SegmentsFormat>(source.format);
  const bool pairs = source.pairs_from_scores.has_value();
  const std::string format = format_name(source.format);
  const std::string name_scores =
      str("on format ", format, ", expected only for format pointwise ",
          "and segments; for comparisons, reward_weights says what they "
          "are of");
  const std::string have_annotators =
      str("on format ", format, ", expected only for format pointwise");
  const char* unrated = have_annotators.c_str();
  refuse(!rated && !cut && !source.attributes.empty(), "attributes", name_scores.c_str());
  refuse(!rated && source.annotators != Annotators::mean, "annotators", unrated);
  refuse(!rated && source.annotator_scaling != AnnotatorScaling::none, "annotator_scaling",
         unrated);
  refuse(!rated && !cut && source.score_scaling != ScoreScaling::none, "score_scaling",
         "on pairs or lists, which have no targets to scale");
  refuse(pairs && !rated && !std::holds_alternative<RankedFormat>(source.format),
         "pairs_from_scores",
         "on a source without scored responses, expected format pointwise or ranked");
  if (!pairs) return;
  refuse(source.attributes.size() > 1, "pairs_from_scores",
         "together with several attributes, expected one: pairs are made by one score");
  refuse(source.annotators == Annotators::each, "annotators",
         "\"each\" together with pairs_from_scores, expected \"mean\"");
  refuse(rated && source.score_scaling != ScoreScaling::none, "score_scaling",
         "together with pairs_from_scores, which leaves no targets to scale");
}

void check_segments(const SourceOptions& source, std::vector<std::string>& problems) {
  if (std::holds_alternative<SegmentsFormat>(source.format)) return;
  const SourceOptions unset;
  const auto refuse = [&](bool given, const char* option) {
    if (!given) return;
    problems.push_back(str(option, ": found on format ", format_name(source.format),
                           ", expected only for format "
                           "segments"));
  };
  refuse(source.separator != unset.separator, "separator");
  refuse(source.count_by != unset.count_by, "count_by");
  refuse(source.reduction != unset.reduction, "reduction");
}

}  // namespace

std::optional<TextRule> rule_of(TextChoice choice) {
  switch (choice) {
    case TextChoice::chat: return TextRule::chat;
    case TextChoice::plain: return TextRule::plain;
    case TextChoice::pair: return TextRule::pair;
    case TextChoice::rendered: return TextRule::rendered;
    default: return std::nullopt;
  }
}

TextRule rule_of_row(TextChoice choice, TextRule strings, bool is_chat) {
  if (const std::optional<TextRule> told = rule_of(choice)) return *told;
  return is_chat && strings != TextRule::pair ? TextRule::chat : strings;
}

RowSchema schema_of(const SourceOptions& source) {
  return {.format = source.format,
          .fields = FieldMap(source.rows.map, source.rows.filter),
          .attributes = source.attributes,
          .separator = source.separator,
          .slices = source.slices,
          .covariates = Covariates(source.rows.covariates)};
}

std::vector<std::string> problems_of_names(const Fields& fields, const Format& format,
                                           const std::vector<std::string>& attributes) {
  const std::vector<std::string> known = field_names(format, attributes);
  std::vector<std::string> problems;
  std::set<std::string> targets;
  for (const auto& [name, text] : fields) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      problems.push_back(str("fields: found \"", name, "\"", did_you_mean(name, known),
                             ", expected one of ", join(known, ", ")));
    }
    if (!text || !is_field_name(*text) || name == "id") continue;
    if (!targets.insert(*text).second) {
      problems.push_back(str("fields.", name, ": found \"", *text,
                             "\", expected a field of the files that no other name uses"));
    }
    check_read_once(fields, name, known, problems);
  }
  return problems;
}

std::vector<std::string> problems_of_covariates(const SourceOptions& source) {
  if (source.rows.covariates.empty()) return {};
  if (std::holds_alternative<SegmentsFormat>(source.format)) {
    return {"covariates: found on format segments, expected pairs, lists, or ratings of answers"};
  }
  if (source.attributes.size() > 1) {
    return {
        "covariates: found together with several attributes, expected one: answers are compared "
        "by one score"};
  }
  return covariate_problems(source.rows.covariates,
                            std::holds_alternative<PointwiseFormat>(source.format));
}

std::vector<std::string> problems_in_source(const SourceOptions& source) {
  std::vector<std::string> problems;
  if (!is_source_name(source.name)) {
    problems.push_back(
        str("name: found \"", source.name, "\", expected letters a-z, digits and _"));
  }
  if (source.train.empty() && source.eval.empty()) {
    problems.push_back("train: found neither train nor eval files, expected at least one file");
  }
  if (source.train.empty()) check_training_options(source, problems);
  if (source.eval.empty() && source.eval_split) {
    problems.push_back("eval_split: found it without eval, expected folders in eval");
  }
  if (source.eval_fraction > 0 && !source.eval.empty()) {
    problems.push_back("eval_fraction: found together with eval files, expected one of the two");
  }
  check_grouping(source, problems);
  check_attributes(source, problems);
  check_scores(source, problems);
  check_segments(source, problems);
  if (!(source.active.from < source.active.to)) {
    problems.push_back(str("active: found from ", source.active.from, " to ", source.active.to,
                           ", expected from < to"));
  }
  check_slices(source, problems);
  for (const std::vector<std::string>& more :
       {problems_of_covariates(source),
        problems_of_names(source.rows.map, source.format, source.attributes),
        expression_problems(source.rows.map, source.rows.filter)}) {
    problems.insert(problems.end(), more.begin(), more.end());
  }
  return problems;
}

std::vector<std::string> problems_across_sources(const std::vector<SourceOptions>& sources) {
  std::vector<std::string> problems;
  std::set<std::string> names, with_share, without_share;
  for (const SourceOptions& source : sources) {
    if (!names.insert(source.name).second) {
      problems.push_back(str("name: found \"", source.name, "\" twice, expected unique names"));
    }
    if (!source.train.empty()) (source.share ? with_share : without_share).insert(source.name);
  }
  if (!with_share.empty() && !without_share.empty()) {
    problems.push_back(str("share: found on \"", *with_share.begin(), "\" but not on \"",
                           *without_share.begin(), "\", expected on all sources or on none"));
  }
  return problems;
}

std::string summary(const LoadReport& report) {
  std::string text = str(count_text(report.rows, "row"), ", ", report.used, " used");
  std::vector<std::string> dropped;
  for (const auto& [reason, count] : report.dropped) dropped.push_back(str(count, " ", reason));
  if (!dropped.empty()) text += str(", dropped: ", join(dropped, ", "));
  if (report.bad > 0) text += str(", ", report.bad, " malformed and skipped");
  if (report.truncated > 0) text += str(", ", report.truncated, " truncated");
  return text;
}

std::string Split::where(uint64_t group_id) const {
  constexpr uint64_t kLocationMask = (uint64_t{1} << kLocationBits) - 1;
  return str(files.at(group_id >> kLocationBits), ":", location_text(group_id & kLocationMask));
}

}  // namespace laurel
