// Ratings and lists to pairs: which pairs, their margins and weights, and what becomes of each row.
#include "data/sources/pairs_from_scores.h"

#include <gmock/gmock.h>

#include "core/str.h"
#include "data/tiny.h"

namespace laurel::pairs_from_scores_test {
namespace {

using test::rating_of;
using testing::ElementsAre;
using testing::FloatEq;
using testing::IsEmpty;

LoadedRow rated(uint64_t prompt, int32_t token, float score, float weight = 1) {
  static uint64_t next = 0;
  LoadedRow row;
  row.group = rating_of({7, token}, score);
  std::get<Ratings>(row.group.label).weight = {weight};
  row.group.prompt_hash = prompt;
  row.group.id = ++next;
  row.stats = {{.answer_length = token, .hash = prompt * 100 + static_cast<uint64_t>(token)}};
  return row;
}

const Preferences& pairs_in(const LoadedRow& row) { return std::get<Preferences>(row.group.label); }

// "2>0 0.5", in the order of the pairs: better, worse, weight; and the margin if there is one.
std::vector<std::string> shown(const LoadedRow& row) {
  std::vector<std::string> pairs;
  for (const Preference& pair : pairs_in(row)) {
    pairs.push_back(str(pair.better, ">", pair.worse, " ", pair.weight));
    if (pair.margin != 0) pairs.back() += str(" ", pair.margin);
  }
  return pairs;
}

std::vector<Outcome> outcomes(const std::vector<LoadedRow>& rows) {
  std::vector<Outcome> outcomes;
  for (const LoadedRow& row : rows) outcomes.push_back(row.outcome);
  return outcomes;
}

TEST(PairsReport, PairEveryTwoResponsesOfAPromptThatDiffer) {
  std::vector<LoadedRow> rows{rated(1, 10, 3), rated(2, 20, 1), rated(1, 11, 1), rated(1, 12, 3),
                              rated(2, 21, 2)};
  const PairsReport found = make_pairs_from_scores(rows, {.weight = PairWeight::pair});
  EXPECT_THAT(outcomes(rows), ElementsAre(Outcome::used, Outcome::used, Outcome::merged,
                                          Outcome::merged, Outcome::merged));
  EXPECT_THAT(shown(rows[0]), ElementsAre("0>1 1", "2>1 1"));
  EXPECT_THAT(shown(rows[1]), ElementsAre("0>1 1"));
  ASSERT_EQ(rows[0].group.responses.size(), 3u);
  EXPECT_THAT(rows[0].group.responses[1].ids, ElementsAre(7, 11));
  EXPECT_EQ(rows[0].stats[1].answer_length, 11);
  EXPECT_THAT(rows[1].group.responses[0].ids, ElementsAre(7, 21));
  EXPECT_EQ(found.prompts, 2);
  EXPECT_EQ(found.responses, 5);
  EXPECT_EQ(found.pairs, 3);
}

TEST(PairsReport, NeedMinGapAndCanUseTheGapAsMargin) {
  std::vector<LoadedRow> rows{rated(1, 10, 0.9f), rated(1, 11, 0.6f), rated(1, 12, 0.5f)};
  make_pairs_from_scores(rows, {.min_gap = 0.3, .margin = PairMargin::gap});
  EXPECT_THAT(outcomes(rows), ElementsAre(Outcome::used, Outcome::merged, Outcome::merged));
  ASSERT_EQ(pairs_in(rows[0]).size(), 2u);  // 0.9f - 0.6f is a little less than 0.3
  EXPECT_THAT(pairs_in(rows[0])[0].margin, FloatEq(0.9f - 0.6f));
  EXPECT_EQ(pairs_in(rows[0])[0].weight, 0.5);
}

TEST(PairsReport, LeaveOutResponsesThatAreInNoPair) {
  std::vector<LoadedRow> rows{rated(1, 10, 2), rated(1, 11, 1), rated(1, 12, 3),
                              rated(2, 20, 5), rated(3, 30, 1), rated(3, 31, 1)};
  make_pairs_from_scores(rows, {.min_gap = 2});
  EXPECT_THAT(outcomes(rows), ElementsAre(Outcome::no_pair, Outcome::used, Outcome::merged,
                                          Outcome::no_pair, Outcome::no_pair, Outcome::no_pair));
  EXPECT_EQ(rows[1].group.responses.size(), 2u);
  EXPECT_THAT(rows[1].group.responses[0].ids, ElementsAre(7, 12));
}

TEST(PairsReport, AreWeightedByPromptOrByPair) {
  const std::vector<LoadedRow> rows{rated(1, 10, 1, 2), rated(1, 11, 2, 4), rated(1, 12, 3, 4)};
  std::vector<LoadedRow> by_prompt = rows, by_pair = rows;
  make_pairs_from_scores(by_prompt, {.weight = PairWeight::prompt});
  make_pairs_from_scores(by_pair, {.weight = PairWeight::pair});
  EXPECT_THAT(shown(by_prompt[0]), ElementsAre("0>1 1", "2>1 1", "2>0 1.3333334"));
  EXPECT_THAT(shown(by_pair[0]), ElementsAre("0>1 3", "2>1 3", "2>0 4"));
}

TEST(PairsReport, MergeEqualResponsesAtTheirWeightedMean) {
  std::vector<LoadedRow> rows{rated(1, 10, 1, 1), rated(1, 10, 4, 2), rated(1, 11, 2, 1)};
  const PairsReport found =
      make_pairs_from_scores(rows, {.margin = PairMargin::gap, .weight = PairWeight::pair});
  EXPECT_THAT(outcomes(rows), ElementsAre(Outcome::used, Outcome::merged, Outcome::merged));
  EXPECT_THAT(shown(rows[0]), ElementsAre("0>1 2 1"));  // 3 against 2, (3 + 1) / 2
  EXPECT_EQ(rows[0].group.responses.size(), 2u);
  EXPECT_EQ(found.repeated, 1);
}

TEST(PairsReport, LeaveOutUnusedRowsAndRowsOfWeightZero) {
  std::vector<LoadedRow> rows{rated(1, 10, 1), rated(1, 11, 2), rated(1, 12, 3, 0)};
  rows[1].outcome = Outcome::over_length;
  make_pairs_from_scores(rows, {});
  EXPECT_THAT(outcomes(rows),
              ElementsAre(Outcome::no_pair, Outcome::over_length, Outcome::weight_0));
}

TEST(PairsReport, SampleAtMostMaxResponsesDeterministically) {
  std::vector<LoadedRow> rows;
  for (int i = 0; i < 20; ++i) rows.push_back(rated(1, 10 + i, static_cast<float>(i)));
  std::vector<LoadedRow> again = rows;
  const PairsReport found = make_pairs_from_scores(rows, {.max_responses = 5});
  make_pairs_from_scores(again, {.max_responses = 5});
  EXPECT_EQ(outcomes(rows), outcomes(again));
  EXPECT_EQ(found.capped, 1);
  EXPECT_EQ(found.responses, 5);
  EXPECT_EQ(found.pairs, 10);
  EXPECT_EQ(std::ranges::count(outcomes(rows), Outcome::max_responses), 15);
  EXPECT_EQ(std::ranges::count(outcomes(rows), Outcome::merged), 4);
}

TEST(PairsReport, OfARankedRowStayWithinIt) {
  LoadedRow list = rated(1, 10, 0), other = rated(1, 10, 1);
  for (const int32_t token : {11, 12, 10}) {
    list.group.responses.push_back(rated(1, token, 0).group.responses[0]);
    list.stats.push_back({.answer_length = token, .hash = 1});
  }
  list.group.label = Ranking{.rank = {1, 2, -1, 3}, .score = {2, 1, 0, 0}, .weight = 3};
  other.group.label = Ranking{.rank = {1}, .score = {0}, .weight = 1};
  std::vector<LoadedRow> rows{list, other};
  const PairsReport found = make_pairs_from_scores(rows, {});
  EXPECT_THAT(outcomes(rows), ElementsAre(Outcome::no_pair, Outcome::no_pair));  // 2 + 0 is 1 + 1
  EXPECT_EQ(found.repeated, 1);
  std::get<Ranking>(list.group.label).score = {2.5, 1, 0, 0.5};
  rows = {list};
  make_pairs_from_scores(rows, {.min_gap = 0.5});
  EXPECT_THAT(outcomes(rows), ElementsAre(Outcome::used));
  EXPECT_THAT(shown(rows[0]), ElementsAre("0>1 3"));
  EXPECT_EQ(rows[0].group.responses.size(), 2u);
}

}  // namespace
}  // namespace laurel::pairs_from_scores_test
