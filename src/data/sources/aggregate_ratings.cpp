// Aggregation of ratings. It depends on options that the token cache does not hold, so it follows
// loading.
#include "data/sources/aggregate_ratings.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "core/error.h"
#include "core/str.h"

namespace laurel {

namespace {

bool has_label(const Ratings& ratings, size_t attribute, size_t attributes) {
  for (size_t i = attribute; i < ratings.weight.size(); i += attributes) {
    if (ratings.weight[i] > 0) return true;
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

std::vector<std::string> agreement_notes(const Split& split, const SourceOptions& options,
                                         const LabelChanges& changes) {
  const std::vector<std::string> names = attribute_names(options);
  std::vector<AgreementTally> tallies;
  for (size_t i = 0; i < names.size(); ++i) tallies.emplace_back(static_cast<int32_t>(i));
  bool any = false;
  for (size_t i = 0; i < split.groups.size(); ++i) {
    AnnotatorScores scores = split.groups.annotator_scores(i);
    changes.number_annotators(scores, split.groups.file(i));
    any |= !scores.scores.empty();
    for (AgreementTally& tally : tallies) tally.add(scores);
  }
  std::vector<std::string> notes;
  for (size_t i = 0; any && i < names.size(); ++i) {
    notes.push_back(
        str("source ", options.name, ": ", agreement_note(tallies[i].agreement(), names[i])));
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

void refuse_unnamed(const AnnotatorScores& scores, uint64_t id, const SourceOptions& options,
                    const Split& split) {
  const auto unnamed = [](const AnnotatorScore& rating) { return rating.annotator < 0; };
  const bool is_single = scores.scores.empty();
  if (!is_single && std::ranges::none_of(scores.scores, unnamed)) return;
  throw Error{ErrorKind::data,
              str(split.where(id), ": found ", is_single ? "a score" : "scores", " without \"",
                  FieldMap(options.rows.map).source_of("annotators"),
                  "\", expected lists that name them for annotator_scaling")};
}

// Numbers annotators over the whole source.
std::vector<std::vector<int32_t>> number_annotators(const AnnotatorsOfFiles& annotators) {
  std::map<std::string, int32_t> known;
  std::vector<std::vector<int32_t>> numbers;
  for (const std::vector<std::string>& of_file : annotators) {
    numbers.emplace_back();
    for (const std::string& name : of_file) {
      const auto next = static_cast<int32_t>(known.size());
      numbers.back().push_back(known.try_emplace(name, next).first->second);
    }
  }
  return numbers;
}

std::string scale_annotators(const Split& train, const SourceOptions& options,
                             LabelChanges& changes) {
  auto scales = std::make_shared<AnnotatorScales>(options.annotator_scaling);
  for (size_t i = 0; i < train.groups.size(); ++i) {
    AnnotatorScores scores = train.groups.annotator_scores(i);
    refuse_unnamed(scores, train.groups.id(i), options, train);
    changes.number_annotators(scores, train.groups.file(i));
    scales->add(scores);
  }
  changes.scales = scales;
  return scaling_note(scales->report(), options);
}

}  // namespace

std::vector<std::string> attribute_names(const SourceOptions& options) {
  return options.attributes.empty() ? std::vector<std::string>{""} : options.attributes;
}

void check_attributes_labelled(const Split& train, const Split& eval,
                               const SourceOptions& options) {
  const bool trains = !options.train.empty();
  const Groups& groups = (trains ? train : eval).groups;
  if (groups.empty()) return;  // then all is missing, which is said elsewhere
  for (size_t i = 0; i < options.attributes.size(); ++i) {
    bool labelled = false;
    for (size_t group = 0; !labelled && group < groups.size(); ++group) {
      labelled = has_label(std::get<Ratings>(groups.label(group)), i, options.attributes.size());
    }
    if (labelled) continue;
    throw Error{
        ErrorKind::data,
        str("source ", options.name, ": found no ", trains ? "training" : "evaluation",
            " row that labels the attribute \"", options.attributes[i],
            "\", expected one or more with a number in the field \"",
            FieldMap(options.rows.map).source_of(options.attributes[i]), "\"", kFieldsSayWhere)};
  }
}

std::vector<std::string> aggregate_ratings(const Split& train, const Split& eval,
                                           const AnnotatorsOfFiles& annotators,
                                           const SourceOptions& options, LabelChanges& changes) {
  std::vector<std::string> notes;
  const bool scales = options.annotator_scaling != AnnotatorScaling::none;
  changes.annotators = options.annotators;
  changes.attributes = attribute_names(options).size();
  changes.annotator_numbers = number_annotators(annotators);
  if (changes.gathers) {
    notes = agreement_notes(options.train.empty() ? eval : train, options, changes);
  }
  if (scales) notes.push_back(scale_annotators(train, options, changes));
  changes.gathers |= scales;
  for (const std::string& name : options.attributes) {
    if (options.attribute_weights.empty()) break;
    const auto found = options.attribute_weights.find(name);
    const bool given = found != options.attribute_weights.end();
    changes.attribute_weights.push_back(given ? static_cast<float>(found->second) : 1);
  }
  return notes;
}

}  // namespace laurel
