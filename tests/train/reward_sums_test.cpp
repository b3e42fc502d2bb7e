// Sums of a step's rewards against values worked by hand.
#include "train/reward_sums.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

namespace laurel::reward_sums_test {
namespace {

std::vector<double> values_of(const RewardSums& sums) {
  const at::Tensor all = flat(sums);
  return {all.const_data_ptr<double>(), all.const_data_ptr<double>() + all.numel()};
}

at::Tensor column(std::vector<double> values) {
  return at::tensor(values, at::kFloat).view({-1, 1});
}

at::Tensor indices(std::vector<int64_t> values) { return at::tensor(values, at::kLong); }

PairwiseLabels pairs(std::vector<int64_t> better, std::vector<int64_t> worse,
                     std::vector<float> target, std::vector<float> tie, std::vector<float> weight) {
  const at::Tensor none = at::zeros({static_cast<int64_t>(better.size())});
  return {.better = indices(better),
          .worse = indices(worse),
          .margin = none,
          .strength = none + 1,
          .target = at::tensor(target),
          .tie = at::tensor(tie),
          .weight = at::tensor(weight)};
}

TEST(RewardSums, PairsCountBothRewardsAndThoseThatAgree) {
  const at::Tensor rewards = column({1, 3, 2, 2, 5, 4, 9, 8});
  RewardSums sums = zero_reward_sums(2, 1, rewards.options());
  add_range(rewards, sums);
  // 1 < 3 is wrong; 2 = 2 is half; 5 > 4 with P(better) = .2 is wrong; 9 > 8 has weight 0.
  add_labelled(pairs({0, 2, 4, 6}, {1, 3, 5, 7}, {1, 1, .2f, 1}, {0, 0, 0, 0}, {1, 1, 1, 0}), 1,
               {.reward = rewards, .log_variance = {}, .loss_parameters = {}}, sums);
  const std::vector<double> values = values_of(sums);
  const std::vector<RewardSummary> found = summaries(values, 2);
  EXPECT_EQ(found[0].rewards, 0);
  EXPECT_EQ(found[1].rewards, 6);
  EXPECT_EQ(found[1].pairs, 3);
  EXPECT_EQ(found[1].right, 0.5);
  EXPECT_NEAR(found[1].mean, 17.0 / 6, 1e-12);  // of 1 3 2 2 5 4
  EXPECT_NEAR(found[1].deviation, std::sqrt(59.0 / 6 - 289.0 / 36), 1e-12);
  EXPECT_FALSE(all_equal(values, 2, 8));
}

TEST(RewardSums, ATieHasNoWinner) {
  const at::Tensor rewards = column({1, 3});
  RewardSums sums = zero_reward_sums(1, 1, rewards.options());
  add_labelled(pairs({0, 0}, {1, 1}, {0, .5f}, {1, 0}, {1, 1}), 0,
               {.reward = rewards, .log_variance = {}, .loss_parameters = {}}, sums);
  EXPECT_EQ(summaries(values_of(sums), 1)[0].pairs, 0);
}

TEST(RewardSums, RatingsAndListsCountWhatIsLabelled) {
  const at::Tensor rewards = at::tensor({1.f, 10.f, 2.f, 20.f, 3.f, 30.f}).view({3, 2});
  RewardSums sums = zero_reward_sums(2, 2, rewards.options());
  add_labelled(PointwiseLabels{indices({0, 2}), at::zeros({2, 2}),
                               at::tensor({1.f, 1.f, 0.f, 2.f}).view({2, 2})},
               0, {.reward = rewards, .log_variance = {}, .loss_parameters = {}}, sums);
  add_labelled(RankedLabels{indices({0, 1, 2, 0}).view({2, 2}), indices({1, 2, 1, -1}).view({2, 2}),
                            at::zeros({2, 2}), at::ones({2})},
               1, {.reward = rewards.narrow(1, 0, 1), .log_variance = {}, .loss_parameters = {}},
               sums);
  const std::vector<RewardSummary> found = summaries(values_of(sums), 2);
  EXPECT_EQ(found[0].rewards, 3);
  EXPECT_NEAR(found[0].mean, (1 + 10 + 30) / 3.0, 1e-12);
  EXPECT_EQ(found[1].rewards, 3);
  EXPECT_NEAR(found[1].mean, 2, 1e-12);
}

TEST(RewardSums, AreEqualUpToRoundingInEveryColumn) {
  const auto equal = [](const at::Tensor& rewards, int64_t positions) {
    RewardSums sums = zero_reward_sums(0, rewards.size(1), rewards.options());
    add_range(rewards.narrow(0, 0, 1), sums);  // over micro-batches
    if (positions > 1) add_range(rewards.narrow(0, 1, positions - 1), sums);
    return all_equal(values_of(sums), 0, positions);
  };
  EXPECT_TRUE(equal(column({0, 0, 0}), 3));
  EXPECT_TRUE(equal(column({7, 7 + 4e-6, 7}), 3));
  EXPECT_FALSE(equal(column({7, 7 + 4e-5, 7}), 3));
  EXPECT_FALSE(equal(column({7}), 1));  // one reward says nothing
  EXPECT_FALSE(equal(at::tensor({1.f, 2.f, 1.f, 3.f}).view({2, 2}), 2));
  EXPECT_FALSE(equal(column({NAN, NAN}), 2));
}

}  // namespace
}  // namespace laurel::reward_sums_test
