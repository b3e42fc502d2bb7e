// Rows that several models have outcomes of, where each drops others.
#include "eval/common_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eval/evaluate.h"
#include "eval/synthetic_split.h"

namespace laurel::common_rows_test {
namespace {

using testing::ElementsAre;

// Pairs of these lines, whose margin is the line.
Split pairs_of_lines(const std::vector<uint64_t>& lines) {
  Split split = empty_split();
  for (const uint64_t line : lines) {
    split.groups.push_back(
        {.responses = {response(0, 4), response(static_cast<int32_t>(10 * line))},
         .label = Preferences{{.better = 1, .worse = 0}},
         .id = line,
         .prompt_hash = line},
        {{.answer_length = 1, .hash = 2 * line}, {.answer_length = 1, .hash = 2 * line + 1}});
  }
  return split;
}

ComparedModel model_of(const std::string& name, const Split& split) {
  const EvaluationTask task{
      .source = "ukp", .split = split, .pooling = {}, .packing = {.tokens_per_micro_batch = 10}};
  return compared_model(name, split.groups, outcomes_of(tenth_of_last_token, task));
}

std::vector<double> margins(const ComparedModel& model) {
  std::vector<double> margins;
  for (const PairOutcome& pair : model.outcomes.pairs.values) {
    margins.push_back(pair.better - pair.worse);
  }
  return margins;
}

TEST(CommonRows, AreThoseThatNoModelDrops) {
  const Split first = pairs_of_lines({1, 2, 3, 5}), other = pairs_of_lines({2, 3, 4, 5, 6});
  std::vector<ComparedModel> models{model_of("a", first), model_of("b", other)};
  EXPECT_EQ(keep_common_rows(models), 3);
  for (const ComparedModel& model : models) {
    EXPECT_THAT(margins(model), ElementsAre(2, 3, 5)) << model.name;
  }
  EXPECT_EQ(models[0].not_in_all, 1);
  EXPECT_EQ(models[1].not_in_all, 2);
  std::vector<int64_t> groups;
  for (const Origin& origin : models[0].outcomes.origins()) groups.push_back(origin.group);
  EXPECT_THAT(groups, ElementsAre(0, 1, 3)) << "of the last model's split";
}

TEST(CommonRows, AreFoundInAnyOrder) {
  const Split first = pairs_of_lines({3, 1, 2}), other = pairs_of_lines({1, 2, 3});
  std::vector<ComparedModel> models{model_of("a", first), model_of("b", other)};
  EXPECT_EQ(keep_common_rows(models), 3);
  EXPECT_EQ(margins(models[0]), margins(models[1]));
}

// A row with a list of answers may be several groups: one that a model drops leaves the others.
TEST(CommonRows, TellTheGroupsOfARowApartByTheirTexts) {
  const auto split_of = [](const std::vector<uint64_t>& texts) {
    Split split = empty_split();
    for (const uint64_t text : texts) {
      split.groups.push_back({.responses = {response(static_cast<int32_t>(10 * text))},
                              .label = Ratings{.score = {1}, .weight = {1}},
                              .id = 1,
                              .prompt_hash = 1},
                             {{.answer_length = 1, .hash = text}});
    }
    return split;
  };
  const Split first = split_of({7, 8, 8, 9}), other = split_of({8, 8, 9});
  std::vector<ComparedModel> models{model_of("a", first), model_of("b", other)};
  EXPECT_EQ(keep_common_rows(models), 3);
  for (const ComparedModel& model : models) {
    std::vector<double> rewards;
    for (const Cell& cell : model.outcomes.cells.values) rewards.push_back(cell.reward);
    EXPECT_THAT(rewards, testing::UnorderedElementsAre(8, 8, 9)) << model.name;
  }
  EXPECT_EQ(models[0].rows, models[1].rows);
}

TEST(CommonRows, MayBeNone) {
  const Split first = pairs_of_lines({1}), other = pairs_of_lines({2});
  std::vector<ComparedModel> models{model_of("a", first), model_of("b", other)};
  EXPECT_EQ(keep_common_rows(models), 0);
}

}  // namespace
}  // namespace laurel::common_rows_test
