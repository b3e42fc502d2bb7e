// Evaluation of lists, attributes, labels, segments, stated deviations and slices.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "eval/evaluate.h"
#include "eval/synthetic_split.h"

namespace laurel::evaluate_kinds_test {
namespace {

using testing::DoubleEq;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

// A model of two columns: the tenth of the last token read, and its negative square.
at::Tensor two_columns(const TokenBatch& batch) {
  const at::Tensor reward = tenth_of_last_token(batch);
  return at::cat({reward, -reward * reward}, 1);
}

const MetricSet& named(const Evaluation& evaluation, const std::string& name) {
  for (const MetricSet& set : evaluation.sets) {
    if (set.name == name) return set;
  }
  throw std::out_of_range(name);
}

void add_list(Split& split, const std::vector<int32_t>& rewards, const Ranking& ranking) {
  Group group{.label = ranking, .prompt_hash = split.groups.size()};
  std::vector<ResponseStats> stats;
  for (const int32_t reward : rewards) {
    group.responses.push_back(response(reward));
    stats.push_back({.answer_length = reward, .hash = static_cast<uint64_t>(reward)});
  }
  add(split, std::move(group), stats);
}

// One response of as many segments as `rewards`, read at one token each.
void add_segments(Split& split, const std::vector<int32_t>& rewards, const Ratings& scores) {
  Response r;
  for (const int32_t reward : rewards) {
    r.ids.insert(r.ids.end(), {1, reward});
    const auto end = static_cast<int32_t>(r.ids.size());
    r.positions.push_back({end - 1, end});
  }
  const auto n = static_cast<uint64_t>(split.groups.size());
  add(split, {.responses = {r}, .label = scores, .prompt_hash = n},
      {{.answer_length = 5, .hash = n}});
}

TEST(EvaluateTies, HaveNoWinnerButALogLoss) {
  Split split = empty_split();
  add_pair(split, 30, 10);
  add_pair(split, 10, 30);
  set_label(split, 1, Preferences{{.better = 1, .worse = 0, .target = 0, .tie = 1}});
  const MetricSet set = evaluation_of(split).sets.at(0);
  EXPECT_EQ(set.n, 2);
  EXPECT_THAT(metric(set, "accuracy").value, Optional(1.0));
  EXPECT_THAT(metric(set, "label_ties").value, Optional(0.5));
}

// Votes 1 : 2 : 1 and 1 : 1 : 2 for better, tie, worse.
TEST(EvaluateVotes, CountForTheSideOfTheMajority) {
  Split split = empty_split();
  add_pair(split, 30, 10);
  add_pair(split, 30, 10);
  set_label(split, 0, Preferences{{.better = 1, .worse = 0, .target = 0.25, .tie = 0.5}});
  set_label(split, 1, Preferences{{.better = 1, .worse = 0, .target = 0.25, .tie = 0.25}});
  const MetricSet set = evaluation_of(split).sets.at(0);
  EXPECT_THAT(metric(set, "accuracy").value, Optional(0.0));
  EXPECT_THAT(metric(set, "label_ties").value, Optional(0.5));
  const double right = std::log1p(std::exp(-2)), wrong = std::log1p(std::exp(2));
  EXPECT_THAT(
      metric(set, "log_loss").value,
      Optional(DoubleNear((0.5 * right + 0.5 * wrong + 0.375 * right + 0.625 * wrong) / 2, 1e-6)));
}

TEST(EvaluatePreferences, CountEveryComparisonOfAGroup) {
  Split split = empty_split();
  add_pair(split, 30, 10);
  auto preferences = std::get<Preferences>(split.groups[0].label);
  preferences.push_back({.better = 0, .worse = 1});
  preferences.push_back({.better = 0, .worse = 1, .weight = 0});
  set_label(split, 0, preferences);
  const Evaluation evaluation = evaluation_of(split);
  EXPECT_EQ(evaluation.n, 1);
  EXPECT_EQ(evaluation.sets.at(0).n, 2);
  EXPECT_THAT(metric(evaluation.sets.at(0), "accuracy").value, Optional(0.5));
}

TEST(EvaluateLists, LeaveOutUnrankedResponsesAndCountListsWithoutOrder) {
  Split split = empty_split();
  add_list(split, {30, 90, 20}, {.rank = {1, -1, 2}, .score = {1, 0, 0}});
  add_list(split, {10, 20}, {.rank = {1, 1}, .score = {1, 1}});
  add_list(split, {10, 20}, {.rank = {1, 2}, .score = {1, 0}, .weight = 0});
  const Evaluation evaluation = evaluation_of(split);
  EXPECT_EQ(evaluation.n, 1);
  EXPECT_EQ(evaluation.reasons.at("all_tied"), 1);
  EXPECT_EQ(evaluation.reasons.at("weight_0"), 1);
  EXPECT_EQ(evaluation.sets.at(0).title, "1 list");
  EXPECT_THAT(metric(evaluation.sets[0], "accuracy").value, Optional(1.0));
  EXPECT_THAT(metric(evaluation.sets[0], "random_top_1").value, Optional(0.5));
}

TEST(EvaluateLists, CompareTheCombinedReward) {
  Split split = empty_split();
  add_list(split, {5, 20, 30}, {.rank = {1, 2, 3}, .score = {2, 1, 0}});
  const auto accuracy = [&](std::vector<double> reward_weights) {
    const Evaluation e = evaluate(
        two_columns, {.source = "s", .split = split, .reward_weights = std::move(reward_weights)});
    return metric(e.sets.at(0), "accuracy").value;
  };
  EXPECT_THAT(accuracy({1}), Optional(0.0));
  EXPECT_THAT(accuracy({1, 1}), Optional(1.0));  // 1/2 - 1/4, 2 - 4, 3 - 9
}

TEST(EvaluateAttributes, SkipUnlabelledCells) {
  Split split = empty_split();
  add_rating(split, 10, 0, 1, 1);
  add_rating(split, 20, 0, 1, 2);
  set_label(split, 0, Ratings{.score = {2, 77}, .weight = {1, 0}});
  set_label(split, 1, Ratings{.score = {2, -6}, .weight = {1, 1}});
  const Evaluation evaluation =
      evaluate(two_columns, {.source = "s", .split = split, .attributes = {"clear", "short"}});
  EXPECT_EQ(evaluation.n, 2);
  EXPECT_EQ(evaluation.unlabelled, 1);
  EXPECT_EQ(named(evaluation, "clear").n, 2);
  EXPECT_EQ(named(evaluation, "short").n, 1);
  EXPECT_THAT(metric(named(evaluation, "clear"), "mse").value, Optional(DoubleNear(0.5, 1e-9)));
  EXPECT_THAT(metric(named(evaluation, "short"), "mse").value, Optional(DoubleNear(4, 1e-9)));
  EXPECT_THAT(metric(evaluation.sets.at(0), "mse").value, Optional(DoubleNear(2.25, 1e-9)));
  EXPECT_EQ(evaluation.sets[0].title, "mean of 2 attributes: 3 ratings");
}

TEST(EvaluateAttributes, HaveAColumnAndAScalingEach) {
  Split split = empty_split();
  add_rating(split, 20, 0);
  set_label(split, 0, Ratings{.score = {10, 5}, .weight = {1, 1}});
  const Evaluation evaluation = evaluate(two_columns, {.source = "s",
                                                       .split = split,
                                                       .scaling = {{14, 1}, {1, 3}},
                                                       .attributes = {"short", "clear"},
                                                       .columns = {1, 0}});
  EXPECT_THAT(metric(named(evaluation, "short"), "mae").value, Optional(DoubleNear(0, 1e-9)));
  EXPECT_THAT(metric(named(evaluation, "clear"), "mae").value, Optional(DoubleNear(2, 1e-9)));
}

TEST(EvaluateLabels, GetTheMetricsOfLabelsFromPredictions) {
  Split split = empty_split();
  add_rating(split, 10, 1, 1, 1);
  add_rating(split, -10, 0, 1, 2);
  add_rating(split, 5, 0, 1, 3);
  const Evaluation evaluation = evaluate(
      tenth_of_last_token, {.source = "s", .split = split, .predict = [](const at::Tensor& r) {
                              return at::sigmoid(r);
                            }});
  const MetricSet& set = evaluation.sets.at(0);
  EXPECT_THAT(metric(set, "auc").value, Optional(1.0));
  EXPECT_THAT(metric(set, "accuracy").value, Optional(DoubleEq(2.0 / 3)));
  EXPECT_THAT(metric(set, "majority").value, Optional(DoubleEq(2.0 / 3)));
  const double loss = 2 * std::log1p(std::exp(-1)) + std::log1p(std::exp(0.5));
  EXPECT_THAT(metric(set, "log_loss").value, Optional(DoubleNear(loss / 3, 1e-6)));
}

TEST(EvaluateSegments, HaveMetricsOfSegmentsResponsesAndLastSegments) {
  Split split = empty_split();
  add_segments(split, {5, 3}, {.score = {1, 0}, .weight = {1, 1}});
  add_segments(split, {5, 6, 90}, {.score = {1, 1, 0}, .weight = {1, 1, 0}});
  const Evaluation evaluation =
      evaluate(tenth_of_last_token, {.source = "s", .split = split, .reduction = Reduction::min});
  EXPECT_EQ(evaluation.n, 2);
  EXPECT_EQ(evaluation.unlabelled, 1);
  const MetricSet& segments = evaluation.sets.at(0);
  EXPECT_EQ(segments.title, "4 segments");
  EXPECT_THAT(metric(segments, "auc").value, Optional(1.0));
  EXPECT_THAT(metric(segments, "position_auc").value, Optional(DoubleEq(1.0 / 6)));
  EXPECT_THAT(metric(segments, "last_rule").value, Optional(DoubleEq(3.0 / 4)));
  const MetricSet& responses = named(evaluation, "responses");
  EXPECT_EQ(responses.title, "2 responses by min");
  EXPECT_THAT(metric(responses, "brier").value, Optional(DoubleNear((0.09 + 0.25) / 2, 1e-6)));
  const MetricSet& last = named(evaluation, "last_segments");
  EXPECT_EQ(last.n, 2);
  EXPECT_THAT(metric(last, "brier").value, Optional(DoubleNear((0.09 + 0.16) / 2, 1e-6)));
}

TEST(EvaluateSegments, ReduceTheLabelledOnesOfAResponse) {
  Split split = empty_split();
  add_segments(split, {10, 20, 60}, {.score = {1, 2, 9}, .weight = {1, 0, 1}});
  add_segments(split, {10, 20}, {.score = {0, 3}, .weight = {1, 1}});
  const auto mae = [&](Reduction reduction) {
    const Evaluation e =
        evaluate(tenth_of_last_token, {.source = "s", .split = split, .reduction = reduction});
    return *metric(named(e, "responses"), "mae").value;
  };
  EXPECT_NEAR(mae(Reduction::mean), (1.5 + 0) / 2, 1e-6);  // 3.5 - 5, 1.5 - 1.5
  EXPECT_NEAR(mae(Reduction::sum), (3 + 0) / 2.0, 1e-6);   // 7 - 10, 3 - 3
  EXPECT_NEAR(mae(Reduction::min), (0 + 1) / 2.0, 1e-6);   // 1 - 1, 1 - 0
}

TEST(EvaluateDeviations, ComparesPredictedDeviationsWithErrors) {
  Split split = empty_split();
  for (int32_t i = 0; i < 4; ++i) add_rating(split, 10 * i, 5, 1, i);
  const auto evaluation =
      evaluate(tenth_of_last_token,
               {.source = "s",
                .split = split,
                .scaling = {{5, 2}},
                .predict = [](const at::Tensor& r) { return r; },
                .deviation = [](const at::Tensor& r) { return 0.5 + r; }});  // errors 0, 2, 4, 6
  const MetricSet& stated = named(evaluation, "predicted_deviations");
  EXPECT_EQ(stated.title, "predicted deviations: 4 ratings");
  EXPECT_THAT(metric(stated, "error_spearman").value, Optional(DoubleNear(1, 1e-9)));
  EXPECT_THAT(metric(stated, "coverage_90").value, Optional(1.0));
  EXPECT_THAT(metric(stated, "mean_deviation").value, Optional(DoubleNear(2 * 2.0, 1e-6)));
}

TEST(EvaluateSlices, ShowsEveryValueBesideTheTotal) {
  Split split = empty_split();
  split.slice_fields = {"topic", "annotators"};
  for (int32_t i = 0; i < 9; ++i) {
    add_pair(split, i < 6 ? 30 : 10, 20, i);
    split.slices.push_back({i < 6 ? "cats" : "dogs", i == 0 ? "(none)" : "ours"});
  }
  const Evaluation evaluation = evaluation_of(split);
  EXPECT_THAT(metric(evaluation.sets.at(0), "accuracy").value, Optional(DoubleEq(2.0 / 3)));
  ASSERT_EQ(evaluation.slices.size(), 2u);
  const SliceTable& topics = evaluation.slices[0];
  EXPECT_EQ(topics.field, "topic");
  ASSERT_EQ(topics.slices.size(), 2u);
  EXPECT_EQ(topics.slices[0].value, "cats");
  EXPECT_EQ(topics.slices[0].set.n, 6);
  EXPECT_THAT(metric(topics.slices[0].set, "accuracy").value, Optional(1.0));
  EXPECT_THAT(metric(topics.slices[1].set, "accuracy").value, Optional(0.0));
  EXPECT_EQ(evaluation.slices[1].slices[1].value, "(none)");
  EXPECT_THAT(evaluation_table(std::vector{evaluation}), HasSubstr("  by annotators"));
}

TEST(EvaluateSlices, HaveTheMetricsOfTheTotalEvenIfTheirScoresAreAllLabels) {
  Split split = empty_split();
  split.slice_fields = {"topic"};
  add_rating(split, 1, 1, 1, 1);
  add_rating(split, 2, 5, 1, 2);
  split.slices = {{"cats"}, {"dogs"}};
  const SliceTable table = evaluation_of(split).slices.at(0);
  EXPECT_THAT(metric(table.slices[0].set, "mse").value, Optional(DoubleNear(0.81, 1e-6)));
}

TEST(EvaluateSlices, OfMoreThanFiveHundredValuesAreCounted) {
  Split split = empty_split();
  split.slice_fields = {"id"};
  for (int32_t i = 0; i < 503; ++i) {
    add_rating(split, i, 1, 1, i);
    split.slices.push_back({std::to_string(i)});
  }
  const SliceTable table = evaluation_of(split).slices.at(0);
  EXPECT_EQ(table.slices.size(), 500u);
  EXPECT_EQ(table.left_out, 3);
}

}  // namespace
}  // namespace laurel::evaluate_kinds_test
