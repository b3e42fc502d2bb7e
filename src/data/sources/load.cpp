// Loads a source: read, hold out, count, scale.
#include "data/sources/load.h"

#include <algorithm>

#include "core/error.h"
#include "core/option_types.h"
#include "core/str.h"
#include "data/sources/aggregate_ratings.h"
#include "data/sources/balancing.h"
#include "data/sources/label_changes.h"
#include "data/sources/pairs_from_scores.h"
#include "data/sources/slices.h"
#include "data/sources/source_rows.h"
#include "data/sources/split.h"

namespace laurel {

namespace {

// What is wrong with the rows, a line each, behind what follows from it.
std::string seen_in(const SourceData& data) {
  std::string seen;
  for (const std::string& warning : data.warnings) seen += "\n" + warning;
  return seen;
}

HeldOut hold_out_of(const SourceData& data, const TokenizedFiles& train) {
  if (data.options.eval_fraction == 0) return {};
  try {
    return hold_out(train, data.options.eval_fraction, data.options.name);
  } catch (const Error& error) {
    throw Error{error.kind, error.message + seen_in(data)};
  }
}

void refuse_empty(const Split& split, const SourceData& data, const char* files) {
  if (!split.groups.empty()) return;
  throw Error{ErrorKind::data, str("source ", data.options.name, ": found no row in its ", files,
                                   " files that can be used, expected one (", summary(split.report),
                                   ")", seen_in(data))};
}

std::vector<std::string> names_of(const SourceOptions& options) {
  std::vector<std::string> names;
  for (const Path& path : options.train) names.push_back(path.value);
  for (const Path& path : options.eval) names.push_back(path.value);
  return names;
}

std::string pairs_note(const PairsReport& found, const PairsFromScores& options) {
  std::string note =
      str(count_text(found.pairs, "pair"), " of ", count_text(found.responses, "response"), " to ",
          count_text(found.prompts, "prompt"), ", by scores that differ");
  if (options.min_gap > 0) note += str(" by ", options.min_gap, " or more");
  if (found.repeated > 0) note += str("; ", found.repeated, " repeated responses merged");
  if (found.capped > 0) {
    note +=
        str("; ", found.capped, found.capped == 1 ? " prompt has" : " prompts have", " more than ",
            options.max_responses, " responses (pairs_from_scores.max_responses)");
  }
  return note;
}

void check_segments_are_read(const SourceOptions& options, const Pooling& pooling) {
  if (!std::holds_alternative<SegmentsFormat>(options.format) || reads_segments(pooling)) return;
  throw Error{ErrorKind::usage,
              str("source ", options.name,
                  ": found format segments, but the backbone reads a text once (pooling ",
                  enum_name(pooling.rule),
                  "), expected one label of the whole answer (format pointwise), or a causal "
                  "backbone")};
}

// A cut would take the template's beginning or end away, and read the reward at another token.
void check_rendered_is_whole(const SourceOptions& options, const LoadContext& context) {
  const OverLength over = context.length.over_length;
  const TextRule rule = rule_of(options.text).value_or(context.strings);
  if (rule != TextRule::rendered || over == OverLength::drop || over == OverLength::error) return;
  throw Error{ErrorKind::usage,
              str("model.over_length: found \"", enum_name(over), "\" for source ", options.name,
                  ", whose texts are rendered already, expected \"drop\" or \"error\": a cut "
                  "would take the template's marks away")};
}

void check_model_can_read(const SourceOptions& options, const LoadContext& context) {
  check_segments_are_read(options, context.pooling);
  check_rendered_is_whole(options, context);
}

// The number of the source, and the names of its covariates, in its splits.
void set_source(SourceData& data, SourceId id) {
  for (Split* split : {&data.train, &data.eval}) {
    split->groups.set_source(id);
    for (const auto& [name, expression] : data.options.rows.covariates) {
      split->covariates.push_back(name);
    }
  }
}

// From the rows' labels to those that are trained on.
void make_labels(SourceData& data, const SourceRows& rows, const Pooling& pooling) {
  const SourceOptions& options = data.options;
  auto changes = std::make_shared<LabelChanges>();
  if (label_kind(options.format) == LabelKind::pointwise) {
    check_attributes_labelled(data.train, data.eval, options);
    changes->gathers = rows.facts.rated;
    const TokenizedFiles& files = options.train.empty() ? rows.eval : rows.train;
    for (std::string& note :
         aggregate_ratings(data.train, data.eval, files.annotators, options, *changes)) {
      data.notes.push_back(std::move(note));
    }
  }
  changes->counts_by_group =
      std::holds_alternative<SegmentsFormat>(options.format) && options.count_by == CountBy::group;
  data.train.groups.set_changes(std::move(changes));
  if (!options.pairs_from_scores) return;
  const auto make = [&](Split& split, const char* name) {
    if (split.report.rows == 0) return;
    const PairsReport found = make_pairs_from_scores(split, *options.pairs_from_scores, pooling);
    data.notes.push_back(str("source ", options.name, ", ", name, ": ",
                             pairs_note(found, *options.pairs_from_scores)));
  };
  make(data.train, "train");
  make(data.eval, "eval");
}

}  // namespace

std::optional<TextRule> encoder_rule(const TextProcessor& folder, const Pooling& pooling) {
  if (pooling.causal) return std::nullopt;
  return folder.chat_template ? TextRule::chat : TextRule::pair;
}

void check_text_choice(TextChoice choice, const TextProcessor& folder, const Pooling& pooling,
                       const std::string& where) {
  if (choice == TextChoice::pair && pooling.causal) {
    throw Error{
        ErrorKind::usage,
        str(where,
            ": found \"pair\", but the model is no encoder: it reads prompt and answer as one "
            "text; set it to \"chat\" for the model's chat template, or to \"plain\"")};
  }
  if (choice == TextChoice::chat && !pooling.causal && !folder.chat_template) {
    throw Error{
        ErrorKind::usage,
        str(where,
            ": found \"chat\", but the model's folder has no chat template; set it to \"pair\", also beside "
            "a shape: prompt and answer, strings or messages, as the tokenizer's pair of texts")};
  }
}

SourceData load_source(const SourceOptions& options, SourceId id, const LoadContext& context) {
  check_text_choice(options.text, context.folder, context.pooling,
                    str("source ", options.name, ": text"));
  check_model_can_read(options, context);
  const std::vector<std::string> files = names_of(options);
  const FileStamps stamps = stamps_of(options);
  SourceRows rows = load_rows(options, context);
  SourceData data{.options = options,
                  .rule = rows.facts.rule.value_or(TextRule::plain),
                  .has_strings = rows.facts.string_at.has_value(),
                  .first = rows.facts.first,
                  .stamps = stamps,
                  .sha256 = std::move(rows.sha256),
                  .notes = std::move(rows.notes),
                  .warnings = std::move(rows.warnings),
                  .found = std::move(rows.found)};
  check_unchanged(data.stamps);
  const HeldOut held_out = hold_out_of(data, rows.train);
  const bool holds_out = held_out.last.has_value();
  data.train = split_of(rows.train, held_out, false, files);
  data.eval = split_of(holds_out ? rows.train : rows.eval, held_out, holds_out, files);
  set_source(data, id);
  const int64_t repeated = repeated_rows(data.train.groups, data.eval.groups);
  const auto evaluated = std::ssize(data.eval.groups);
  make_labels(data, rows, context.pooling);
  set_slice_fields(data);
  if (!options.train.empty()) refuse_empty(data.train, data, "train");
  if (!options.eval.empty()) refuse_empty(data.eval, data, "eval");
  if (options.eval_fraction > 0) {
    data.notes.push_back(str("source ", options.name, ": held out ", data.eval.report.prompts,
                             " of ", data.train.report.prompts + data.eval.report.prompts,
                             " prompts with ", count_text(data.eval.report.rows, "row"),
                             " for evaluation"));
  }
  if (repeated > 0) {
    data.warnings.push_back(str("source ", options.name, ": ", repeated, " of ", evaluated,
                                " evaluation rows are also training rows (same texts)"));
  }
  const std::vector<std::string> attributes = attribute_names(options);
  data.scaling.assign(attributes.size(), Scaling{});
  if (options.score_scaling == ScoreScaling::standardize) {
    data.scaling = standardize(data.train, attributes, options.name);
  }
  reweight_to_population(data);
  add_sampling_note(data);
  return data;
}

FileStamps stamps_of(const SourceOptions& options) {
  FileStamps stamps;
  for (const std::string& file : names_of(options)) {
    if (const auto stamp = stamp_of(std::filesystem::path(file))) stamps[file] = *stamp;
  }
  return stamps;
}

void check_unchanged(const FileStamps& stamps) {
  for (const auto& [file, stamp] : stamps) {
    if (stamp_of(std::filesystem::path(file)) == stamp) continue;
    throw Error{ErrorKind::data, file_changed(file)};
  }
}

std::string file_changed(const std::string& file) {
  return str(file, ": changed while it was in use; run again when nothing writes to it");
}

std::optional<TextRule> rule_of_strings(std::span<const SourceData> sources) {
  const SourceData* first = nullptr;
  const bool pairs = std::ranges::any_of(
      sources, [](const SourceData& source) { return source.rule == TextRule::pair; });
  for (const SourceData& source : sources) {
    if (!source.has_strings && !pairs) continue;
    if (!first) first = &source;
    if (source.rule == first->rule) continue;
    const auto text = [](const SourceData& of) {
      return str(of.options.name, " (", enum_name(of.rule), ")");
    };
    throw Error{ErrorKind::usage,
                str("sources: found ", pairs ? "texts" : "strings", " under two text rules, ",
                    text(*first), " and ", text(source), ", expected one rule for all ",
                    pairs ? "texts of an encoder" : "strings of a model")};
  }
  return first ? std::optional(first->rule) : std::nullopt;
}

}  // namespace laurel
