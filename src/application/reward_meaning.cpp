// Chooses the source whose loss, columns and scaling say what rewards mean.
#include "application/reward_meaning.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "application/recorded_source.h"
#include "core/error.h"
#include "core/str.h"

namespace laurel {

namespace {

struct Candidate {
  const SourceRecord* record;
  SourceModel model;
};

std::string loss_name(const Candidate& of) { return traits(*of.model.loss).name; }

LabelKind labels_of(const Candidate& of) { return traits(*of.model.loss).labels; }

// "stars (ordinal), helpful (binary_cross_entropy)"
std::string candidates_text(const std::vector<Candidate>& sources) {
  std::vector<std::string> names;
  for (const Candidate& source : sources) {
    names.push_back(str(source.record->name, " (", loss_name(source), ")"));
  }
  return names.empty() ? "it has none" : join(names, ", ");
}

std::vector<Candidate> all_sources(const RewardConfig& config) {
  std::vector<Candidate> sources;
  for (const SourceRecord& record : config.sources) {
    sources.push_back({&record, source_model(config, record)});
  }
  return sources;
}

std::vector<Candidate> those(const std::vector<Candidate>& sources,
                             const std::function<bool(const Candidate&)>& fits) {
  std::vector<Candidate> out;
  std::ranges::copy_if(sources, std::back_inserter(out), fits);
  return out;
}

RewardMeaning named(const RewardConfig& config, const std::string& source) {
  if (const SourceRecord* record = config.find(source)) {
    return {.model = source_model(config, *record), .source = source};
  }
  std::vector<std::string> names;
  for (const SourceRecord& record : config.sources) names.push_back(record.name);
  throw Error{ErrorKind::usage,
              str("--source: found \"", source, "\", expected one of the model's sources: ",
                  names.empty() ? "it names none" : join(names, ", "))};
}

// Equal rewards of the two predict equal scores.
bool same_ratings(const Candidate& a, const Candidate& b) {
  const PointwiseTraits& of_a = traits(*a.model.loss).pointwise;
  const PointwiseTraits& of_b = traits(*b.model.loss).pointwise;
  const bool plain = !of_a.prediction && !of_b.prediction && of_a.columns_per_attribute == 1 &&
                     of_b.columns_per_attribute == 1;
  return a.record->attributes == b.record->attributes && a.record->scaling == b.record->scaling &&
         (plain || (a.record->loss == b.record->loss &&
                    a.record->loss_parameters == b.record->loss_parameters));
}

bool all_the_same(const std::vector<Candidate>& sources, bool ratings) {
  return std::ranges::all_of(sources, [&](const Candidate& source) {
    return ratings ? same_ratings(sources.front(), source)
                   : source.record->reward_weights == sources.front().record->reward_weights;
  });
}

// Whether a row like this one has the labels that the source judges; yes where none is known.
bool has_labels(const Candidate& source, const SourceOptions& rows, const Json& row) {
  const FieldMap fields(rows.rows.map);
  const auto has = [&](const std::string& name) { return fields.has(row, name); };
  if (row.empty()) return true;
  const std::vector<std::string>& names = source.record->attributes;
  if (names.empty()) return has("score") || has("scores") || has("labels");
  return std::ranges::any_of(names, has);
}

// Sources of ratings for such rows: those of their own format first.
std::vector<Candidate> rating_sources(const std::vector<Candidate>& all, const SourceOptions& rows,
                                      const Json& row) {
  const auto rated = those(all, [&](const Candidate& source) {
    return labels_of(source) == LabelKind::pointwise && has_labels(source, rows, row);
  });
  const auto same = those(rated, [&](const Candidate& source) {
    return source.record->format == format_name(rows.format);
  });
  return same.empty() ? rated : same;
}

[[noreturn]] void ask_for_source(const std::vector<Candidate>& sources, const char* what,
                                 const char* otherwise) {
  throw Error{ErrorKind::usage, str("--source: found none, and ", what, " mean different things: ",
                                    candidates_text(sources), "; expected one of them", otherwise)};
}

RewardMeaning learned(const Candidate& source, const char* otherwise) {
  return {.model = source.model,
          .source = source.record->name,
          .note = str("rewards are read as source ", source.record->name, " learned them (",
                      loss_name(source), ")", otherwise)};
}

}  // namespace

RewardMeaning meaning_of(const RewardConfig& config, const MeaningRequest& request,
                         const SourceOptions& rows, const Json& row) {
  if (request.source && request.raw) {
    throw Error{ErrorKind::usage, "--raw: found it beside --source, expected one of them"};
  }
  if (request.source) return named(config, *request.source);
  const RewardMeaning as_they_are{.model = source_model(config)};
  const LabelKind kind = label_kind(rows.format);
  const bool ratings = kind == LabelKind::pointwise;
  if (request.raw || (!ratings && as_they_are.model.head.attributes == 1)) return as_they_are;
  const std::vector<Candidate> all = all_sources(config);
  const std::vector<Candidate> fitting =
      ratings ? rating_sources(all, rows, row)
              : those(all, [&](const Candidate& source) { return labels_of(source) == kind; });
  if (!ratings && fitting.empty()) return as_they_are;
  if (fitting.empty()) {
    RewardMeaning plain = as_they_are;
    if (!all.empty()) {
      plain.note = str("no source of the model has such labels (", candidates_text(all),
                       "): rewards are compared with scores as they are");
    }
    return plain;
  }
  if (!all_the_same(fitting, ratings)) {
    ask_for_source(fitting, "several sources that fit the rows",
                   ratings ? ", or --raw for rewards as they are" : "");
  }
  return learned(fitting.front(), ratings ? "; --raw compares them as they are" : "");
}

RewardMeaning meaning_of(const RewardConfig& config, const std::optional<std::string>& source,
                         ScoreAs as) {
  if (as == ScoreAs::reward) {
    if (!source) return {.model = source_model(config)};
    throw Error{ErrorKind::usage,
                "--source: found it without --as, expected --as score or --as probability"};
  }
  if (source) named(config, *source);  // must be there
  const std::vector<Candidate> all = all_sources(config);
  const auto fitting = those(all, [&](const Candidate& candidate) {
    const LossTraits of = traits(*candidate.model.loss);
    return (!source || candidate.record->name == *source) && of.labels == LabelKind::pointwise &&
           (as == ScoreAs::score || of.pointwise.probability);
  });
  const std::string option = str("--as ", enum_names(ScoreAs{})[static_cast<size_t>(as)]);
  if (fitting.empty()) {
    throw Error{ErrorKind::usage,
                str(option, ": found ", source ? str("the source ", *source, " among ") : "",
                    "the model's sources: ", candidates_text(all), "; expected one ",
                    as == ScoreAs::score ? "of ratings, which has scores to predict"
                                         : "with the loss binary_cross_entropy")};
  }
  if (!all_the_same(fitting, true)) {
    ask_for_source(fitting, "several sources of ratings", "");
  }
  return learned(fitting.front(), "");
}

}  // namespace laurel
