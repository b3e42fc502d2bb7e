// Agreement of scores (data/sources/annotators.h) and of judgements.
#include "curation/agreement.h"

#include <algorithm>
#include <map>
#include <set>

#include "data/sources/annotators.h"

namespace laurel {

namespace {

// One person's judgement counts once in a pair: the last row's.
struct Votes {
  int64_t first = 0, second = 0, tie = 0;
  int64_t all() const { return first + second + tie; }
};

struct JudgementTally {
  std::set<std::string> annotators;
  int64_t units = 0, equal = 0, pairs = 0;  // pairs of judgements
  double observed = 0;                      // sum over units of differing pairs x 2 / (votes - 1)
  int64_t votes = 0, ties = 0;
};

Votes votes_of(const ComparedPair& pair, int32_t source, const CurationRows& rows,
               std::set<std::string>& annotators) {
  std::map<std::string, int> said;  // 0 first, 1 second, 2 tie
  int number = 0;
  for (const auto* list : {&pair.first_better, &pair.second_better, &pair.ties}) {
    for (const size_t row : *list) {
      const CurationRow& r = rows.rows[row];
      if (r.place.source == source && !r.annotator.empty()) said[r.annotator] = number;
    }
    ++number;
  }
  Votes votes;
  if (said.size() < 2) return votes;
  for (const auto& [annotator, what] : said) {
    annotators.insert(annotator);
    ++(what == 0 ? votes.first : what == 1 ? votes.second : votes.tie);
  }
  return votes;
}

void add_votes(const Votes& votes, JudgementTally& tally) {
  const int64_t n = votes.all();
  if (n < 2) return;
  const auto twos = [](int64_t k) { return k * (k - 1) / 2; };
  const int64_t equal = twos(votes.first) + twos(votes.second) + twos(votes.tie);
  ++tally.units;
  tally.equal += equal;
  tally.pairs += twos(n);
  tally.observed += 2 * static_cast<double>(twos(n) - equal) / static_cast<double>(n - 1);
  tally.votes += n;
  tally.ties += votes.tie;
}

// 1 - D_o / D_e; D_e from better and worse in equal parts, without the small-sample correction that
// an order of the responses would need.
std::optional<double> alpha_of(const JudgementTally& tally) {
  const double n = static_cast<double>(tally.votes), tie = static_cast<double>(tally.ties) / n;
  const double win = (1 - tie) / 2;
  const double expected = 1 - 2 * win * win - tie * tie;
  if (expected <= 0) return std::nullopt;
  return 1 - tally.observed / n / expected;
}

void add_judgement_agreement(const CurationRows& rows, const std::vector<ComparedPair>& pairs,
                             int32_t source, std::vector<SourceAgreement>& agreements) {
  JudgementTally tally;
  for (const ComparedPair& pair : pairs) {
    add_votes(votes_of(pair, source, rows, tally.annotators), tally);
  }
  if (tally.units == 0) return;
  agreements.push_back({.source = rows.sources[source].options.name,
                        .attribute = "",
                        .annotators = static_cast<int64_t>(tally.annotators.size()),
                        .units = tally.units,
                        .equal = share_of(tally.equal, tally.pairs),
                        .alpha = alpha_of(tally)});
}

// Scores of one response, whether a row lists them or each has a row of its own.
void add_score_agreement(const CurationRows& rows, int32_t source,
                         std::vector<SourceAgreement>& agreements) {
  AnnotatorNames names;
  std::map<std::pair<uint32_t, uint32_t>, AnnotatorScores> by_response;
  for (const CurationRow& row : rows.rows) {
    const auto* ratings = std::get_if<Ratings>(&row.label);
    if (row.place.source != source || !ratings || row.responses.size() != 1) continue;
    AnnotatorScores& scores = by_response[{row.prompt, row.responses[0]}];
    if (!row.annotator_scores.scores.empty()) {
      const AnnotatorScores more = names.with_source_numbers(row.annotator_scores, row.annotators);
      scores.scores.insert(scores.scores.end(), more.scores.begin(), more.scores.end());
    } else if (!row.annotator.empty()) {
      for (size_t i = 0; i < ratings->score.size() && ratings->positions.empty(); ++i) {
        if (ratings->weight[i] == 0) continue;
        AnnotatorScores one{.scores = {{.attribute = static_cast<int32_t>(i),
                                        .annotator = 0,
                                        .score = ratings->score[i]}}};
        one = names.with_source_numbers(std::move(one), {row.annotator});
        scores.scores.push_back(one.scores[0]);
      }
    }
  }
  const SourceOptions& options = rows.sources[source].options;
  const size_t attributes = std::max<size_t>(1, options.attributes.size());
  for (size_t i = 0; i < attributes; ++i) {
    AgreementTally tally(static_cast<int32_t>(i));
    for (const auto& [response, scores] : by_response) tally.add(scores);
    const Agreement found = tally.agreement();
    if (found.responses == 0) continue;
    agreements.push_back({.source = options.name,
                          .attribute = options.attributes.empty() ? "" : options.attributes[i],
                          .annotators = found.annotators,
                          .units = found.responses,
                          .equal = {},
                          .alpha = found.alpha});
  }
}

}  // namespace

std::vector<SourceAgreement> agreements(const CurationRows& rows,
                                        const std::vector<ComparedPair>& pairs) {
  std::vector<SourceAgreement> found;
  for (size_t i = 0; i < rows.sources.size(); ++i) {
    add_judgement_agreement(rows, pairs, static_cast<int32_t>(i), found);
    add_score_agreement(rows, static_cast<int32_t>(i), found);
  }
  return found;
}

}  // namespace laurel
