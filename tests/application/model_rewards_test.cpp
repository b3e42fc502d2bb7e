// Rewards of several models: kept, put together, and combined number by number.
#include "application/model_rewards.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "application/reward_fields.h"
#include "support/error_of.h"

namespace laurel::test::model_rewards_test {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

RowRewards row_of(const std::vector<std::vector<double>>& responses) {
  RowRewards row;
  for (const auto& rewards : responses) {
    row.responses.push_back({.name = "responses",
                             .rewards = rewards,
                             .error = rewards.empty() ? "rows:1: too long" : ""});
  }
  return row;
}

RowRewards unreadable(const std::string& error) {
  RowRewards row;
  row.error = error;
  return row;
}

// (r - 1) / 2
TEST(ModelRewards, AreGivenBackRowByRowInTheModelsUnit) {
  ModelRewards model("b", 1, 2);
  model.add(row_of({{3}, {}, {5, 7}}));
  model.add(unreadable("rows:2: not JSON"));
  model.add(row_of({{1}}));
  const RowRewards first = model.next(row_of({{9}, {9}, {9, 9}}), "rows:1");
  EXPECT_THAT(first.responses[0].rewards, ElementsAre(1));
  EXPECT_EQ(first.responses[1].error, "rows:1: too long");
  EXPECT_THAT(first.responses[2].rewards, ElementsAre(2, 3));
  EXPECT_EQ(model.next(row_of({{9}}), "rows:2").error, "rows:2: not JSON");
  EXPECT_THAT(model.next(row_of({{9}}), "rows:3").responses[0].rewards, ElementsAre(0));
  EXPECT_THAT(model.scaled(row_of({{5}})).responses[0].rewards, ElementsAre(2));
}

TEST(ModelRewards, OfFilesThatHaveChangedAreAnError) {
  ModelRewards model("b", 0, 1);
  model.add(row_of({{3}, {4}}));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { model.next(row_of({{9}}), "rows:1"); }),
              HasSubstr("rows:1: is not the row that b has scored; expected files that do not"));
  ModelRewards none("b", 0, 1);
  EXPECT_THAT(error_of(ErrorKind::data, [&] { none.next(row_of({{9}}), "rows:1"); }),
              HasSubstr("rows:1: is not the row that b has scored"));
}

TEST(Together, AreTheMeansAndSayWhichModelLacksOne) {
  std::vector<RowRewards> models{row_of({{1}, {2}, {3}}), row_of({{3}, {}, {6}})};
  const RowRewards all = together(models, {"a", "b"});
  EXPECT_THAT(all.responses[0].rewards, ElementsAre(2));
  EXPECT_TRUE(all.responses[1].rewards.empty());
  EXPECT_EQ(all.responses[1].error, "b: rows:1: too long");
  EXPECT_THAT(all.responses[2].rewards, ElementsAre(4.5));
  EXPECT_TRUE(models[0].responses[1].rewards.empty()) << "no model is alone";
}

TEST(Together, OfARowThatOneModelCannotReadHaveItsError) {
  std::vector<RowRewards> models{row_of({{1}}), unreadable("rows:1: a list of messages")};
  const RowRewards all = together(models, {"a", "b"});
  EXPECT_EQ(all.error, "b: rows:1: a list of messages");
  EXPECT_TRUE(all.responses.empty());
  EXPECT_TRUE(models[0].responses.empty());
}

// 1, 2 and 6: mean 3, squares 4 + 1 + 9.
TEST(CombinedFields, AreMeanSmallestDeviationAndAll) {
  const std::vector<std::vector<RewardField>> of_models = {
      {{"reward", 1.0}}, {{"reward", 2.0}}, {{"reward", 6.0}}};
  const std::vector<RewardField> fields = combined(of_models);
  ASSERT_EQ(fields.size(), 4u);
  EXPECT_EQ(fields[0].key, "reward");
  EXPECT_EQ(fields[0].value, 3.0);
  EXPECT_EQ(fields[1].key, "reward_min");
  EXPECT_EQ(fields[1].value, 1.0);
  EXPECT_EQ(fields[2].key, "reward_deviation");
  EXPECT_THAT(fields[2].value.get<double>(), DoubleEq(std::sqrt(7)));
  EXPECT_EQ(fields[3].key, "reward_by_model");
  EXPECT_EQ(fields[3].value, Json::parse("[1.0, 2.0, 6.0]"));
}

TEST(CombinedFields, OfListsAndNamesAreCombinedInsideThem) {
  const std::vector<std::vector<RewardField>> of_models = {
      {{"rewards", Json::parse("[1.0, null, {\"help\": 4.0}]")}},
      {{"rewards", Json::parse("[3.0, null, {\"help\": 0.0}]")}}};
  const std::vector<RewardField> fields = combined(of_models);
  EXPECT_EQ(fields[0].value, Json::parse("[2.0, null, {\"help\": 2.0}]"));
  EXPECT_EQ(fields[1].value, Json::parse("[1.0, null, {\"help\": 0.0}]"));
  EXPECT_EQ(fields[3].value, Json::parse("[[1.0, 3.0], null, {\"help\": [4.0, 0.0]}]"));
}

}  // namespace
}  // namespace laurel::test::model_rewards_test
