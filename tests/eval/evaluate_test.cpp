// Evaluation of splits by a made-up model whose reward is a number written into the tokens.
#include "eval/evaluate.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/error.h"

namespace laurel {
namespace {

using testing::DoubleEq;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

// The reward of a row is a tenth of the last token it reads.
at::Tensor tenth_of_last_token(const TokenBatch& batch) {
  const at::Tensor last = batch.read_end.to(at::kLong) - 1;
  return batch.ids.index_select(0, last).to(at::kFloat).div(10).unsqueeze(1);
}

// `length` tokens, the last of which is read and gives the reward.
Response response(int32_t reward_in_tenths, int32_t length = 3) {
  Response r;
  r.ids.assign(length, 1);
  r.ids.back() = reward_in_tenths;
  r.reads = {{length - 1, length}};
  return r;
}

void add(Split& split, Group group, const std::vector<ResponseFacts>& facts) {
  group.id = split.groups.size() + 1;  // its line
  split.groups.push_back(std::move(group));
  split.facts.push_back(facts);
  ++split.report.rows;
  ++split.report.used;
}

void add_pair(Split& split, int32_t better, int32_t worse, uint64_t prompt = 1) {
  const auto n = static_cast<uint64_t>(split.groups.size());
  add(split,
      {.responses = {response(worse, 4), response(better, 3 + n % 5)},
       .judgement = Preferences{{.better = 1, .worse = 0}},
       .prompt_hash = prompt},
      {{.answer_length = 10, .hash = 2 * n}, {.answer_length = 20, .hash = 2 * n + 1}});
}

void add_rating(Split& split, int32_t reward, float score, float weight = 1, uint64_t prompt = 1) {
  const auto n = static_cast<uint64_t>(split.groups.size());
  add(split,
      {.responses = {response(reward, 2 + n % 4)},
       .judgement = Scores{.score = {score}, .weight = {weight}},
       .prompt_hash = prompt},
      {{.answer_length = static_cast<int64_t>(n), .hash = n}});
}

Split empty_split() {
  Split split;
  split.files = {"held_out.jsonl"};
  return split;
}

Evaluation evaluation_of(const Split& split, Scaling scaling = {}) {
  return evaluate(tenth_of_last_token, {.source = "ukp",
                                        .split = split,
                                        .scaling = scaling,
                                        .reading = {},
                                        .packing = {.tokens_per_micro_batch = 10}});
}

const Metric& metric(const MetricSet& set, const std::string& name) {
  for (const Metric& m : set.metrics) {
    if (m.name == name) return m;
  }
  throw std::out_of_range(name);
}

TEST(ScoreGroups, ReturnsRewardsInTheOrderGivenWhateverThePacking) {
  std::vector<Group> groups;
  for (int32_t i = 0; i < 40; ++i) {
    groups.push_back({.responses = {response(10 * i, 1 + i * 7 % 11), response(10 * i + 5, 4)},
                      .judgement = Preferences{{.better = 0, .worse = 1}},
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
                      .judgement = Scores{{0}, {1}},
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
  EXPECT_EQ(evaluation.pairs, std::nullopt);
  EXPECT_THAT(metric(evaluation.judged, "accuracy").value, Optional(2.5 / 4));
  EXPECT_THAT(metric(evaluation.judged, "ties").value, Optional(0.25));
  EXPECT_THAT(metric(evaluation.judged, "margin").value, Optional(DoubleNear(1, 1e-6)));
  EXPECT_THAT(metric(evaluation.judged, "longer_wins").value, Optional(1.0));
  EXPECT_EQ(metric(evaluation.judged, "accuracy_not_longer").value, std::nullopt);
}

TEST(Evaluate, BringsPredictionsBackToTheUnitsOfTheScores) {
  Split split = empty_split();
  add_rating(split, 10, 5, 1, 1);   // reward 1 -> 4 + 3 = 7
  add_rating(split, -10, 1, 1, 2);  // reward -1 -> -1
  const Evaluation evaluation = evaluation_of(split, {.mean = 3, .deviation = 4});
  EXPECT_THAT(metric(evaluation.judged, "mse").value, Optional(DoubleNear(4, 1e-9)));
  EXPECT_THAT(metric(evaluation.judged, "mae").value, Optional(DoubleNear(2, 1e-9)));
  EXPECT_THAT(metric(evaluation.judged, "pearson").value, Optional(DoubleNear(1, 1e-9)));
  EXPECT_EQ(evaluation.pairs, std::nullopt);  // one rating a prompt
}

TEST(Evaluate, GivesRatingsOfOnePromptTheMetricsOfTheirPairs) {
  Split split = empty_split();
  add_rating(split, 10, 1);
  add_rating(split, 30, 2);
  add_rating(split, 20, 3);         // over the first: right; over the second: wrong
  add_rating(split, 90, 9, 1, 77);  // the only one of its prompt
  const Evaluation evaluation = evaluation_of(split, {.mean = 100, .deviation = 10});
  ASSERT_TRUE(evaluation.pairs.has_value());
  EXPECT_EQ(evaluation.pairs->n, 3);
  EXPECT_EQ(evaluation.pairs_possible, 3);
  EXPECT_THAT(metric(*evaluation.pairs, "accuracy").value, Optional(DoubleEq(2.0 / 3)));
  EXPECT_THAT(metric(*evaluation.pairs, "margin").value, Optional(DoubleNear(2.0 / 3, 1e-6)));
  EXPECT_THAT(metric(*evaluation.pairs, "longer_wins").value, Optional(1.0));
  EXPECT_EQ(evaluation.n, 4);
}

TEST(Evaluate, LeavesRowWeightsOutButNotRowsThatNobodyJudged) {
  Split split = empty_split();
  add_rating(split, 10, 2, 1, 1);
  add_rating(split, 10, 4, 100, 2);
  add_rating(split, 10, 1000, 0, 3);
  const Evaluation evaluation = evaluation_of(split);
  EXPECT_THAT(metric(evaluation.judged, "mse").value, Optional(DoubleNear((1 + 9) / 2.0, 1e-9)));
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
    add_pair(split, i % 7, i % 3, i % 4);
    for (auto& facts : split.facts.back()) facts.hash %= 40;
  }
  const Evaluation evaluation = evaluation_of(split);
  EXPECT_EQ(evaluation.judged.unit, ResampleUnit::response);
  const Metric& accuracy = metric(evaluation.judged, "accuracy");
  EXPECT_LE(*accuracy.low, *accuracy.value);
  EXPECT_GE(*accuracy.high, *accuracy.value);
}

TEST(Evaluate, OfNoRowsHasNoMetrics) {
  const Evaluation evaluation = evaluation_of(empty_split());
  EXPECT_EQ(evaluation.n, 0);
  EXPECT_TRUE(evaluation.judged.metrics.empty());
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
    evaluate(broken, {.source = "ukp", .split = split, .scaling = {}, .reading = {}});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::non_finite);
    EXPECT_THAT(error.message, HasSubstr("held_out.jsonl:2: found reward nan, expected a finite"));
  }
}

}  // namespace
}  // namespace laurel
