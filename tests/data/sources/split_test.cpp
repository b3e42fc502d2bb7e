// Held-out prompts, counts and scaled scores.
#include "data/sources/split.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "data/tiny.h"

namespace laurel::split_test {
namespace {

using test::error_of;
using test::rating_of;
using testing::ElementsAre;

// `each` rows for each of the prompts; every seventh row is over-long.
std::vector<LoadedRow> rows_of(int prompts, int each) {
  std::vector<LoadedRow> rows;
  for (int i = 0; i < prompts * each; ++i) {
    LoadedRow row;
    row.group = rating_of({i}, 1);
    row.group.id = static_cast<uint64_t>(i);
    row.group.prompt_hash = static_cast<uint64_t>(i % prompts) + 100;
    if (i % 7 == 6) row.outcome = Outcome::over_length;
    rows.push_back(row);
  }
  return rows;
}

std::set<uint64_t> prompts_of(const std::vector<LoadedRow>& rows) {
  std::set<uint64_t> prompts;
  for (const LoadedRow& row : rows) prompts.insert(row.group.prompt_hash);
  return prompts;
}

TEST(HoldOut, MovesAllRowsOfAPartOfThePrompts) {
  std::vector<LoadedRow> train = rows_of(40, 5);
  const std::vector<LoadedRow> eval = hold_out(train, 0.25, "a");
  EXPECT_EQ(train.size() + eval.size(), 200u);
  EXPECT_EQ(prompts_of(eval).size(), 10u);
  EXPECT_EQ(prompts_of(train).size(), 30u);
  EXPECT_EQ(eval.size(), 50u);
  EXPECT_TRUE(std::ranges::is_sorted(train, {}, [](const auto& row) { return row.group.id; }));
}

TEST(HoldOut, DependsNeitherOnOrderNorOnHowOftenAPromptStands) {
  std::vector<LoadedRow> once = rows_of(40, 2), often = rows_of(40, 6);
  std::ranges::reverse(often);
  EXPECT_EQ(prompts_of(hold_out(once, 0.1, "a")), prompts_of(hold_out(often, 0.1, "a")));
}

TEST(HoldOut, TakesAtLeastOnePromptAndLeavesOne) {
  std::vector<LoadedRow> rows = rows_of(20, 2);
  EXPECT_EQ(prompts_of(hold_out(rows, 0.001, "a")).size(), 1u);
  rows = rows_of(20, 2);
  hold_out(rows, 0.999, "a");
  EXPECT_EQ(prompts_of(rows).size(), 1u);
}

TEST(HoldOut, RefusesFewerThanTwentyPrompts) {
  std::vector<LoadedRow> rows = rows_of(19, 9);
  EXPECT_EQ(error_of(ErrorKind::data, [&] { hold_out(rows, 0.5, "ukp"); }),
            "source ukp: found 19 different prompts (24 rows are too long for model.max_length), "
            "expected 20 or more for eval_fraction; name eval files instead");
}

TEST(SplitOf, AccountsForEveryRow) {
  std::vector<LoadedRow> rows = rows_of(2, 4);
  rows[0].outcome = Outcome::bad;
  rows[1].outcome = Outcome::identical;
  rows[2].truncated = true;
  rows[3].special_text = true;
  const Split split = split_of(rows, {"a.jsonl"});
  EXPECT_EQ(split.report.rows, 8);
  EXPECT_EQ(split.report.used, 5);
  EXPECT_EQ(split.report.bad, 1);
  EXPECT_EQ(split.report.dropped.at("over_length"), 1);
  EXPECT_EQ(split.report.dropped.at("identical"), 1);
  EXPECT_EQ(split.report.truncated, 1);
  EXPECT_EQ(split.report.special_text, 1);
  EXPECT_EQ(split.report.prompts, 2);
  EXPECT_EQ(split.groups.size(), 5u);
  EXPECT_EQ(split.stats.size(), 5u);
}

TEST(Standardize, ScalesByTheWeightedMeanAndDeviation) {
  Split split;
  split.groups = {rating_of({1}, 1), rating_of({2}, 5), rating_of({3}, 3)};
  std::get<Ratings>(split.groups[1].label).weight = {3};
  std::get<Ratings>(split.groups[2].label).weight = {0};
  const Scaling scaling = standardize(split, {""}, "a").at(0);
  EXPECT_DOUBLE_EQ(scaling.mean, 4);                  // (1 + 3 * 5) / 4
  EXPECT_DOUBLE_EQ(scaling.deviation, std::sqrt(3));  // (9 + 3 * 1) / 4
  EXPECT_FLOAT_EQ(std::get<Ratings>(split.groups[0].label).score[0], -std::sqrt(3.f));
  EXPECT_FLOAT_EQ(std::get<Ratings>(split.groups[1].label).score[0], 1 / std::sqrt(3.f));
}

TEST(Standardize, ScalesEachAttributeByItself) {
  Split split;
  split.groups = {rating_of({1}, 0), rating_of({2}, 0), rating_of({3}, 0)};
  const auto set = [&](size_t i, std::vector<float> score, std::vector<float> weight) {
    split.groups[i].label = Ratings{.score = score, .weight = weight};
  };
  set(0, {1, 100}, {1, 0});
  set(1, {3, 10}, {1, 1});
  set(2, {7, 30}, {0, 1});
  const auto scaling = standardize(split, {"x", "y"}, "a");
  EXPECT_THAT(scaling, ElementsAre(Scaling{.mean = 2, .deviation = 1},
                                   Scaling{.mean = 20, .deviation = 10}));
  EXPECT_THAT(std::get<Ratings>(split.groups[1].label).score, ElementsAre(1, -1));
}

TEST(Standardize, RefusesScoresThatAreAllEqual) {
  Split split;
  split.groups = {rating_of({1}, 2), rating_of({2}, 2)};
  EXPECT_EQ(error_of(ErrorKind::data, [&] { standardize(split, {""}, "a"); }),
            "source a: found one and the same score in all training rows, expected different ones "
            "to standardize");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { standardize(split, {"x"}, "a"); }),
              testing::StartsWith("source a, x: found one and the same score"));
}

TEST(RepeatedRows, CountsEvaluationRowsThatTrainingHasSeen) {
  const auto row_with = [](std::vector<uint64_t> hashes, Outcome outcome = Outcome::used) {
    LoadedRow row{.outcome = outcome};
    for (const uint64_t hash : hashes) row.stats.push_back({.answer_length = 1, .hash = hash});
    return row;
  };
  const std::vector<LoadedRow> train{row_with({10, 20}), row_with({10, 30}, Outcome::identical)};
  const std::vector<LoadedRow> eval{row_with({20, 10}), row_with({10, 30}),
                                    row_with({10, 20}, Outcome::over_length)};
  EXPECT_EQ(repeated_rows(train, eval), 1);
  EXPECT_EQ(repeated_rows({}, eval), 0);
}

}  // namespace
}  // namespace laurel::split_test
