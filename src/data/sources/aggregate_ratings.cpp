// Aggregation of ratings. It depends on options that the token cache does not hold, so it follows
// loading.
#include "data/sources/aggregate_ratings.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/str.h"

namespace laurel {

namespace {

bool is_used(const LoadedRow& row) { return row.outcome == Outcome::used; }

bool has_label(const LoadedRow& row, size_t attribute, size_t attributes) {
  const auto& weight = std::get<Ratings>(row.group.label).weight;
  for (size_t i = attribute; i < weight.size(); i += attributes) {
    if (weight[i] > 0) return true;
  }
  return false;
}

// Two decimals: agreement is never known better.
double shown(double value) { return std::round(value * 100) / 100; }

std::string agreement_note(const Agreement& found, const std::string& attribute) {
  std::string note = attribute.empty() ? "scores" : attribute;
  note += found.annotators > 0 ? str(" by ", found.annotators, " annotators")
                               : " by annotators without names";
  if (found.responses == 0) return note + ": no response has two";
  return str(note, ": ", found.responses, " responses have two or more, with a mean deviation of ",
             shown(found.deviation), "; Krippendorff's alpha (interval) ",
             found.alpha ? str("is ", shown(*found.alpha)) : "is not defined: all are equal");
}

std::vector<std::string> agreement_notes(const std::vector<LoadedRow>& rows,
                                         const SourceOptions& options) {
  std::vector<const AnnotatorScores*> annotator_scores;
  for (const LoadedRow& row : rows) {
    if (is_used(row) && !row.annotator_scores.scores.empty())
      annotator_scores.push_back(&row.annotator_scores);
  }
  std::vector<std::string> notes;
  if (annotator_scores.empty()) return notes;
  const std::vector<std::string> names = attribute_names(options);
  for (size_t i = 0; i < names.size(); ++i) {
    const Agreement found = agreement_of(annotator_scores, static_cast<int32_t>(i));
    notes.push_back(str("source ", options.name, ": ", agreement_note(found, names[i])));
  }
  return notes;
}

std::string scaling_note(const AnnotatorReport& report, const SourceOptions& options) {
  std::string note = str("source ", options.name, ": scores of ", report.annotators,
                         " annotators were shifted to the mean of all");
  if (options.annotator_scaling == AnnotatorScaling::standardize)
    note += " and scaled to the deviation of all";
  if (report.unscaled > 0) {
    note += str("; ", report.unscaled, " with a single score are unchanged");
  }
  if (report.centred > 0 && options.annotator_scaling == AnnotatorScaling::standardize) {
    note += str("; ", report.centred, " with equal scores are only shifted");
  }
  return note;
}

void refuse_unnamed(const LoadedRow& row, const SourceOptions& options,
                    const std::vector<std::string>& files) {
  const auto unnamed = [](const AnnotatorScore& rating) { return rating.annotator < 0; };
  const bool is_single = row.annotator_scores.scores.empty();
  if (!is_single && std::ranges::none_of(row.annotator_scores.scores, unnamed)) return;
  Split split;
  split.files = files;
  const auto renamed = options.columns.find("annotators");
  throw Error{ErrorKind::data,
              str(split.where(row.group.id), ": found ", is_single ? "a score" : "scores",
                  " without \"", renamed == options.columns.end() ? "annotators" : renamed->second,
                  "\", expected lists that name them for annotator_scaling")};
}

void apply_attribute_weights(std::vector<LoadedRow>& rows, const SourceOptions& options) {
  if (options.attribute_weights.empty()) return;
  for (LoadedRow& row : rows) {
    if (!is_used(row)) continue;
    std::vector<float>& weight = std::get<Ratings>(row.group.label).weight;
    for (size_t i = 0; i < weight.size(); ++i) {
      const auto found =
          options.attribute_weights.find(options.attributes[i % options.attributes.size()]);
      if (found != options.attribute_weights.end()) weight[i] *= static_cast<float>(found->second);
    }
  }
}

}  // namespace

std::vector<std::string> attribute_names(const SourceOptions& options) {
  return options.attributes.empty() ? std::vector<std::string>{""} : options.attributes;
}

void check_attributes_labelled(const std::vector<LoadedRow>& train,
                               const std::vector<LoadedRow>& eval, const SourceOptions& options) {
  const bool trains = !options.train.empty();
  const std::vector<LoadedRow>& rows = trains ? train : eval;
  if (std::ranges::none_of(rows, is_used)) return;  // then all is missing, which is said elsewhere
  for (size_t i = 0; i < options.attributes.size(); ++i) {
    const auto labelled = [&](const LoadedRow& row) {
      return is_used(row) && has_label(row, i, options.attributes.size());
    };
    if (std::ranges::any_of(rows, labelled)) continue;
    const auto renamed = options.columns.find(options.attributes[i]);
    const bool own = renamed == options.columns.end();
    throw Error{ErrorKind::data,
                str("source ", options.name, ": found no ", trains ? "training" : "evaluation",
                    " row that labels the attribute \"", options.attributes[i],
                    "\", expected one or more with a number in the field \"",
                    own ? options.attributes[i] : renamed->second, "\" (columns renames fields)")};
  }
}

std::vector<std::string> aggregate_ratings(std::vector<LoadedRow>& train,
                                           std::vector<LoadedRow>& eval,
                                           const SourceOptions& options,
                                           const std::vector<std::string>& files) {
  std::vector<std::string> notes = agreement_notes(options.train.empty() ? eval : train, options);
  if (options.annotator_scaling != AnnotatorScaling::none) {
    std::vector<AnnotatorScores*> annotator_scores;
    for (LoadedRow& row : train) {
      if (!is_used(row)) continue;
      refuse_unnamed(row, options, files);
      annotator_scores.push_back(&row.annotator_scores);
    }
    notes.push_back(
        scaling_note(scale_annotators(annotator_scores, options.annotator_scaling), options));
  }
  const auto attributes = static_cast<int64_t>(attribute_names(options).size());
  for (LoadedRow& row : train) {
    if (!is_used(row) || row.annotator_scores.scores.empty()) continue;
    row.group.label = options.annotators == Annotators::each
                          ? ratings_of_each(row.annotator_scores, attributes)
                          : mean_ratings(row.annotator_scores, attributes);
  }
  apply_attribute_weights(train, options);
  return notes;
}

}  // namespace laurel
