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
    row.group.id = static_cast<uint64_t>(i) + 1;
    row.group.prompt_hash = static_cast<uint64_t>(i % prompts) + 100;
    if (i % 7 == 6) row.outcome = Outcome::over_length;
    rows.push_back(row);
  }
  return rows;
}

// As loading stores them.
TokenizedFiles stored(const std::vector<LoadedRow>& rows) {
  UnnamedFile file;
  RowFileWriter writer([&](std::string_view part) { file.write(part); }, 0);
  for (const LoadedRow& row : rows) writer.add(bytes_of(row, {}), {});
  writer.finish("", "");
  TokenizedFiles files;
  files.files.push_back(
      {std::make_shared<const RowFile>(*RowFile::open(file.map(), "rows", "", std::nullopt)), 0});
  files.slices.emplace_back();
  return files;
}

struct Parts {
  Split train, eval;
};

Parts parts_of(const std::vector<LoadedRow>& rows, double fraction) {
  const TokenizedFiles files = stored(rows);
  const HeldOut held_out = hold_out(files, fraction, "a");
  return {split_of(files, held_out, false, {"a"}), split_of(files, held_out, true, {"a"})};
}

std::set<uint64_t> prompts_of(const Split& split) {
  std::set<uint64_t> prompts;
  for (const Group& group : split.groups) prompts.insert(group.prompt_hash);
  return prompts;
}

TEST(HoldOut, MovesAllRowsOfAPartOfThePrompts) {
  const auto [train, eval] = parts_of(rows_of(40, 5), 0.25);
  EXPECT_EQ(train.report.rows + eval.report.rows, 200);
  EXPECT_EQ(prompts_of(eval).size(), 10u);
  EXPECT_EQ(prompts_of(train).size(), 30u);
  EXPECT_EQ(eval.report.prompts, 10);
  EXPECT_EQ(train.report.prompts, 30);
  EXPECT_EQ(eval.report.rows, 50);
  for (size_t i = 1; i < train.groups.size(); ++i) {
    EXPECT_LT(train.groups.id(i - 1), train.groups.id(i));
  }
}

TEST(HoldOut, DependsNeitherOnOrderNorOnHowOftenAPromptStands) {
  std::vector<LoadedRow> often = rows_of(40, 6);
  std::ranges::reverse(often);
  for (size_t i = 0; i < often.size(); ++i) often[i].group.id = i + 1;
  EXPECT_EQ(prompts_of(parts_of(rows_of(40, 2), 0.1).eval), prompts_of(parts_of(often, 0.1).eval));
}

TEST(HoldOut, TakesAtLeastOnePromptAndLeavesOne) {
  EXPECT_EQ(prompts_of(parts_of(rows_of(20, 2), 0.001).eval).size(), 1u);
  EXPECT_EQ(prompts_of(parts_of(rows_of(20, 2), 0.999).train).size(), 1u);
}

TEST(HoldOut, RefusesFewerThanTwentyPrompts) {
  std::vector<LoadedRow> rows = rows_of(19, 9);
  EXPECT_EQ(error_of(ErrorKind::data, [&] { hold_out(stored(rows), 0.5, "ukp"); }),
            "source ukp: found 19 different prompts (24 rows are too long for model.max_length), "
            "expected 20 or more for eval_fraction; name eval files instead");
}

TEST(SplitOf, AccountsForEveryRow) {
  std::vector<LoadedRow> rows = rows_of(2, 4);
  rows[0].outcome = Outcome::bad;
  rows[1].outcome = Outcome::identical;
  rows[2].truncated = true;
  rows[3].special_text = true;
  const Split split = split_of(stored(rows), {}, false, {"a.jsonl"});
  EXPECT_EQ(split.report.rows, 8);
  EXPECT_EQ(split.report.used, 5);
  EXPECT_EQ(split.report.bad, 1);
  EXPECT_EQ(split.report.dropped.at("over_length"), 1);
  EXPECT_EQ(split.report.dropped.at("identical"), 1);
  EXPECT_EQ(split.report.truncated, 1);
  EXPECT_EQ(split.report.special_text, 1);
  EXPECT_EQ(split.report.prompts, 2);
  EXPECT_EQ(split.groups.size(), 5u);
}

TEST(Standardize, ScalesByTheWeightedMeanAndDeviation) {
  Split split;
  split.groups = {rating_of({1}, 1), rating_of({2}, 5), rating_of({3}, 3)};
  test::set_weight(split, 1, 3);
  test::set_weight(split, 2, 0);
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
    Group group = split.groups[i];
    group.label = Ratings{.score = score, .weight = weight};
    split.groups.set(i, group);
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
  const auto groups_of = [](const std::vector<std::vector<uint64_t>>& rows) {
    Groups groups;
    for (const std::vector<uint64_t>& hashes : rows) {
      std::vector<ResponseStats> stats;
      for (const uint64_t hash : hashes) stats.push_back({.answer_length = 1, .hash = hash});
      groups.push_back({}, stats);
    }
    return groups;
  };
  const Groups train = groups_of({{10, 20}, {5}}),
               eval = groups_of({{20, 10}, {10, 30}, {10, 20}, {20}});
  EXPECT_EQ(repeated_rows(train, eval), 2);
  EXPECT_EQ(repeated_rows({}, eval), 0);
  EXPECT_EQ(repeated_rows(train, {}), 0);
}

}  // namespace
}  // namespace laurel::split_test
