// Label skew: shares and means by source, slice and annotator.
#include "curation/label_skew.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "core/str.h"
#include "curation/judgements.h"
#include "eval/statistics.h"

namespace laurel {

namespace {

// Fewer labels say nothing.
constexpr int64_t kFewestLabels = 50;
// Shares outside are skewed; intervals are of 3 deviations, as many are looked at.
constexpr double kDeviations = 3, kMostLonger = 0.75, kMostFirst = 0.6;
// A value of a slice, or an annotator, is unlike the others from these differences on.
constexpr double kShareDifference = 0.2, kMeanDifference = 0.75;
constexpr double kMostCorrelation = 0.6;

struct Tally {
  int64_t longer = 0, lengths = 0, first = 0, ordered = 0;
  std::vector<double> scores, score_lengths;
};

void add_judgements(const CurationRows& all, const CurationRow& row, Tally& tally) {
  for (const Judgement& judgement : judgements_of(row)) {
    if (judgement.tie) continue;
    const int64_t better = all.texts.code_points(judgement.better);
    const int64_t worse = all.texts.code_points(judgement.worse);
    tally.lengths += better != worse;
    tally.longer += better > worse;
    if (!row.presented_order) continue;
    ++tally.ordered;
    tally.first += judgement.better == row.responses.front();
  }
}

void add_to(const CurationRows& all, const CurationRow& row, Tally& tally) {
  const auto* ratings = std::get_if<Ratings>(&row.label);
  if (!ratings) return add_judgements(all, row, tally);
  if (ratings->score.empty() || ratings->weight[0] == 0 || row.responses.size() != 1) return;
  tally.scores.push_back(ratings->score[0]);
  tally.score_lengths.push_back(static_cast<double>(all.texts.code_points(row.responses[0])));
}

LabelGroup group_of(const Tally& tally) {
  LabelGroup group{.longer = share_of(tally.longer, tally.lengths, kDeviations),
                   .first = share_of(tally.first, tally.ordered, kDeviations),
                   .scores = static_cast<int64_t>(tally.scores.size())};
  const std::vector<double> ones(tally.scores.size(), 1);
  const ValueMoments of = moments(tally.scores, ones);
  group.mean = of.mean;
  if (of.weight > 0) group.deviation = std::sqrt(of.square / of.weight);
  group.length_correlation =
      rank_correlation(RankedValues(tally.scores), RankedValues(tally.score_lengths), ones);
  return group;
}

std::string name_of(const LabelGroup& group) {
  return group.field.empty() ? "" : str(group.field, " ", group.value, ": ");
}

void add_skew(const Share& share, double most, const char* kind, const std::string& text,
              const LabelGroup& group, std::vector<Finding>& findings) {
  if (share.n < kFewestLabels || (share.high >= 1 - most && share.low <= most)) return;
  findings.push_back({.grade = Grade::warning,
                      .kind = kind,
                      .source = group.source,
                      .count = share.of,
                      .text = name_of(group) + share_text(share, "judgement") + text,
                      .examples = {},
                      .advice = "look at some rows, and whether labels follow this instead of "
                                "quality; eval shows the same share of the model's preferences"});
}

void whole_findings(const LabelGroup& group, std::vector<Finding>& findings) {
  add_skew(group.longer, kMostLonger, "length_skew", " prefer the longer response", group,
           findings);
  add_skew(group.first, kMostFirst, "position_skew", " prefer the first response", group, findings);
  const double rho = group.length_correlation.value_or(0);
  if (group.scores < kFewestLabels || std::abs(rho) <= kMostCorrelation) return;
  findings.push_back({.grade = Grade::warning,
                      .kind = "length_skew",
                      .source = group.source,
                      .count = group.scores,
                      .text = str("scores follow the length of the response: rank correlation ",
                                  std::round(rho * 100) / 100),
                      .examples = {},
                      .advice = "look whether scores follow length instead of quality"});
}

// The same judgements without those of the part.
Share rest_of(const Share& whole, const Share& part) {
  return share_of(whole.of - part.of, whole.n - part.n, kDeviations);
}

void part_findings(const LabelGroup& whole, const LabelGroup& part,
                   std::vector<Finding>& findings) {
  const char* const kind = part.field == "annotator" ? "annotator_skew" : "slice_skew";
  const auto compare = [&](const Share& of_whole, const Share& of_part, const char* what) {
    const Share rest = rest_of(of_whole, of_part);
    if (of_part.n < kFewestLabels || rest.n < kFewestLabels) return;
    if (std::abs(of_part.value - rest.value) < kShareDifference) return;
    if (of_part.low <= rest.high && rest.low <= of_part.high) return;
    findings.push_back(
        {.grade = Grade::warning,
         .kind = kind,
         .source = part.source,
         .count = of_part.n,
         .text = str(name_of(part), share_text(of_part, "judgement"), " prefer the ", what,
                     " response, the others ", share_text(rest, "judgement"))});
  };
  compare(whole.longer, part.longer, "longer");
  compare(whole.first, part.first, "first");
  if (part.scores < kFewestLabels || whole.scores - part.scores < kFewestLabels) return;
  if (whole.deviation == 0) return;
  const double difference = (part.mean - whole.mean) / whole.deviation;
  if (std::abs(difference) < kMeanDifference) return;
  findings.push_back({.grade = Grade::warning,
                      .kind = kind,
                      .source = part.source,
                      .count = part.scores,
                      .text = str(name_of(part), "mean score ", std::round(part.mean * 100) / 100,
                                  ", of all ", std::round(whole.mean * 100) / 100, " (deviation ",
                                  std::round(whole.deviation * 100) / 100, ")")});
}

}  // namespace

std::vector<LabelGroup> label_groups(const CurationRows& rows) {
  // By source, number of the field (0 the whole, then the slices, then the annotator), value.
  std::map<std::tuple<int32_t, size_t, std::string>, Tally> tallies;
  for (const CurationRow& row : rows.rows) {
    const int32_t source = row.place.source;
    add_to(rows, row, tallies[{source, 0, ""}]);
    for (size_t i = 0; i < row.slices.size(); ++i) {
      add_to(rows, row, tallies[{source, i + 1, row.slices[i]}]);
    }
    if (row.annotator.empty()) continue;
    add_to(rows, row, tallies[{source, row.slices.size() + 1, row.annotator}]);
  }
  std::vector<LabelGroup> groups;
  for (const auto& [key, tally] : tallies) {
    const auto& [source, field, value] = key;
    const SourceOptions& options = rows.sources[source].options;
    LabelGroup group = group_of(tally);
    group.source = options.name;
    if (field > 0) {
      group.field = field <= options.slices.size() ? options.slices[field - 1] : "annotator";
    }
    group.value = value;
    groups.push_back(std::move(group));
  }
  return groups;
}

std::vector<Finding> skew_findings(const std::vector<LabelGroup>& groups) {
  std::vector<Finding> findings;
  const LabelGroup* whole = nullptr;
  for (const LabelGroup& group : groups) {
    if (group.field.empty()) {
      whole = &group;
      whole_findings(group, findings);
    } else {
      part_findings(*whole, group, findings);
    }
  }
  return findings;
}

}  // namespace laurel
