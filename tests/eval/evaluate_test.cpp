// Evaluation of splits by a made-up model whose reward is a number written into the tokens.
#include "eval/evaluate.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/error.h"
#include "eval/synthetic_split.h"

namespace laurel::evaluate_test {
namespace {

using testing::DoubleEq;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

TEST(ScoreGroups, ReturnsRewardsInTheOrderGivenWhateverThePacking) {
  std::vector<Group> groups;
  for (int32_t i = 0; i < 40; ++i) {
    groups.push_back({.responses = {response(10 * i, 1 + i * 7 % 11), response(10 * i + 5, 4)},
                      .label = Preferences{{.better = 0, .worse = 1}},
                      .id = static_cast<uint64_t>(i)});
  }
  for (const int64_t tokens : {1, 16, 100000}) {
    const PackOptions packing{.tokens_per_micro_batch = tokens, .workers = 1 + tokens % 2};
    const auto rewards = score_groups(tenth_of_last_token, groups, {}, packing);
    ASSERT_EQ(rewards.size(), 40u);
    for (int32_t i = 0; i < 40; ++i) {
      EXPECT_THAT(rewards[i], ElementsAre(DoubleEq(i), DoubleEq(i + 0.5)));
    }
  }
}

TEST(ScoreGroups, PacksMoreGroupsThanOneRound) {
  std::vector<Group> groups;
  for (int32_t i = 0; i < 2500; ++i)
    groups.push_back({.responses = {response(10 * i)},
                      .label = Ratings{{0}, {1}},
                      .id = static_cast<uint64_t>(i)});
  const auto rewards = score_groups(tenth_of_last_token, groups, {}, {});
  for (int32_t i = 0; i < 2500; ++i) EXPECT_THAT(rewards[i], ElementsAre(DoubleEq(i)));
  EXPECT_TRUE(score_groups(tenth_of_last_token, {}, {}, {}).empty());
}

TEST(Evaluate, GivesPairsTheMetricsOfPairs) {
  Split split = empty_split();
  add_pair(split, 30, 10);
  add_pair(split, 10, 30);
  add_pair(split, 20, 20);
  add_pair(split, 50, 10);
  const Evaluation evaluation = evaluation_of(split);
  EXPECT_EQ(evaluation.source, "ukp");
  EXPECT_EQ(evaluation.n, 4);
  EXPECT_EQ(evaluation.dropped, 0);
  ASSERT_EQ(evaluation.sets.size(), 3u);
  EXPECT_EQ(evaluation.sets[1].name, "calibration");
  EXPECT_EQ(evaluation.sets[2].name, "length");
  EXPECT_THAT(metric(evaluation.sets[0], "accuracy").value, Optional(2.5 / 4));
  EXPECT_THAT(metric(evaluation.sets[0], "ties").value, Optional(0.25));
  EXPECT_THAT(metric(evaluation.sets[0], "margin").value, Optional(DoubleNear(1, 1e-6)));
  EXPECT_THAT(metric(evaluation.sets[0], "longer_wins").value, Optional(1.0));
  EXPECT_EQ(metric(evaluation.sets[0], "accuracy_not_longer").value, std::nullopt);
}

TEST(Evaluate, ConvertsPredictionsToTheUnitsOfTheScores) {
  Split split = empty_split();
  add_rating(split, 10, 5, 1, 1);   // reward 1 -> 4 + 3 = 7
  add_rating(split, -10, 1, 1, 2);  // reward -1 -> -1
  const Evaluation evaluation = evaluation_of(split, {.mean = 3, .deviation = 4});
  EXPECT_THAT(metric(evaluation.sets[0], "mse").value, Optional(DoubleNear(4, 1e-9)));
  EXPECT_THAT(metric(evaluation.sets[0], "mae").value, Optional(DoubleNear(2, 1e-9)));
  EXPECT_THAT(metric(evaluation.sets[0], "pearson").value, Optional(DoubleNear(1, 1e-9)));
  EXPECT_EQ(evaluation.sets.size(), 1u);  // one rating a prompt
}

TEST(Evaluate, GivesRatingsOfOnePromptTheMetricsOfTheirPairs) {
  Split split = empty_split();
  add_rating(split, 10, 1);
  add_rating(split, 30, 2);
  add_rating(split, 20, 3);         // over the first: right; over the second: wrong
  add_rating(split, 90, 9, 1, 77);  // the only one of its prompt
  const Evaluation evaluation = evaluation_of(split, {.mean = 100, .deviation = 10});
  ASSERT_EQ(evaluation.sets.size(), 2u);
  EXPECT_EQ(evaluation.sets[1].name, "pairs");
  EXPECT_EQ(evaluation.sets[1].n, 3);
  EXPECT_EQ(evaluation.sets[1].possible, 3);
  EXPECT_THAT(metric(evaluation.sets[1], "accuracy").value, Optional(DoubleEq(2.0 / 3)));
  EXPECT_THAT(metric(evaluation.sets[1], "margin").value, Optional(DoubleNear(2.0 / 3, 1e-6)));
  EXPECT_THAT(metric(evaluation.sets[1], "longer_wins").value, Optional(1.0));
  EXPECT_EQ(evaluation.n, 4);
}

TEST(Evaluate, IgnoresRowWeightsButDropsRowsOfWeightZero) {
  Split split = empty_split();
  add_rating(split, 10, 2, 1, 1);
  add_rating(split, 10, 4, 100, 2);
  add_rating(split, 10, 1000, 0, 3);
  const Evaluation evaluation = evaluation_of(split);
  EXPECT_THAT(metric(evaluation.sets[0], "mse").value, Optional(DoubleNear((1 + 9) / 2.0, 1e-9)));
  EXPECT_EQ(evaluation.n, 2);
  EXPECT_EQ(evaluation.dropped, 1);
  EXPECT_EQ(evaluation.reasons.at("weight_0"), 1);
}

TEST(Evaluate, CountsEveryRowOfTheFiles) {
  Split split = empty_split();
  add_pair(split, 2, 1);
  split.report.rows = 10;
  split.report.bad = 2;
  split.report.dropped = {{"over_length", 6}, {"identical", 1}};
  const Evaluation evaluation = evaluation_of(split);
  EXPECT_EQ(evaluation.n + evaluation.dropped, 10);
  EXPECT_THAT(evaluation_table(std::vector{evaluation}),
              HasSubstr("covers 1 of 10 rows, 9 dropped: 1 identical, 2 malformed, 6 over_length"));
}

TEST(Evaluate, DrawsResponsesWhereFewPromptsShareThem) {
  Split split = empty_split();
  for (int32_t i = 0; i < 60; ++i) {
    add_pair(split, i % 7, i % 3, i % 4, /*different_responses=*/40);
  }
  const Evaluation evaluation = evaluation_of(split);
  EXPECT_EQ(evaluation.sets[0].unit, ResampleUnit::response);
  const Metric& accuracy = metric(evaluation.sets[0], "accuracy");
  EXPECT_LE(*accuracy.low, *accuracy.value);
  EXPECT_GE(*accuracy.high, *accuracy.value);
}

TEST(Evaluate, OfNoRowsHasNoMetrics) {
  const Evaluation evaluation = evaluation_of(empty_split());
  EXPECT_EQ(evaluation.n, 0);
  EXPECT_TRUE(evaluation.sets.empty());
  EXPECT_EQ(evaluation_json(evaluation, 0, 0)["metrics"].dump(), "{}");
}

TEST(Evaluate, NamesTheRowWhoseRewardIsNotFinite) {
  Split split = empty_split();
  add_pair(split, 2, 1);
  add_pair(split, 66, 1);
  const auto broken = [](const TokenBatch& batch) {
    const at::Tensor rewards = tenth_of_last_token(batch);
    return rewards.masked_fill(rewards > 6, std::numeric_limits<double>::quiet_NaN());
  };
  try {
    evaluate(broken, {.source = "ukp", .split = split});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::non_finite);
    EXPECT_THAT(error.message, HasSubstr("held_out.jsonl:2: found reward nan, expected a finite"));
  }
}

}  // namespace
}  // namespace laurel::evaluate_test
