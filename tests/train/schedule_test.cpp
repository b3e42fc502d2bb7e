// Learning rates against values worked by hand.
#include "train/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

namespace laurel::schedule_test {
namespace {

TEST(Schedule, WarmUpEndsAtThePeakWithItsLastUpdate) {
  const Schedule linear = LinearRate{.warmup = 0.25, .final = 0};  // W = 3 of 10: ceil(2.5)
  EXPECT_DOUBLE_EQ(learning_rate(linear, 3, 0, 10), 1);
  EXPECT_DOUBLE_EQ(learning_rate(linear, 3, 1, 10), 2);
  EXPECT_DOUBLE_EQ(learning_rate(linear, 3, 2, 10), 3);
  EXPECT_DOUBLE_EQ(learning_rate(linear, 3, 3, 10), 3);
}

TEST(Schedule, LinearFallsToFinal) {
  const Schedule linear = LinearRate{.warmup = 0, .final = 0.2};
  EXPECT_DOUBLE_EQ(learning_rate(linear, 1, 0, 4), 1);
  EXPECT_DOUBLE_EQ(learning_rate(linear, 1, 1, 4), 0.8);
  EXPECT_DOUBLE_EQ(learning_rate(linear, 1, 3, 4), 0.4);
}

TEST(Schedule, CosineIsHalfWayInTheMiddle) {
  const Schedule cosine = CosineRate{.warmup = 0, .final = 0.1};
  EXPECT_DOUBLE_EQ(learning_rate(cosine, 2, 0, 8), 2);
  EXPECT_DOUBLE_EQ(learning_rate(cosine, 2, 4, 8), 1.1);
  EXPECT_NEAR(learning_rate(cosine, 2, 7, 8), 2 * (0.1 + 0.9 * (1 + std::cos(M_PI * 7 / 8)) / 2),
              1e-15);
}

TEST(Schedule, WarmUpIsWhereTheRateStillRises) {
  const std::vector<StepRange> run = {{0, 10}}, phases = {{0, 10}, {10, 20}};
  const Schedule linear = LinearRate{.warmup = 0.25},
                 again = CosineRate{.warmup = 0.25, .restart = true};
  EXPECT_TRUE(in_warmup(linear, 2, run));
  EXPECT_FALSE(in_warmup(linear, 3, run));
  EXPECT_TRUE(in_warmup(linear, 4, phases));  // of 20 steps: 5
  EXPECT_FALSE(in_warmup(again, 4, phases));
  EXPECT_TRUE(in_warmup(again, 12, phases));
  EXPECT_FALSE(in_warmup(ConstantRate{}, 0, run));
}

TEST(Schedule, ConstantNeverMoves) {
  for (int64_t step = 0; step < 5; ++step)
    EXPECT_EQ(learning_rate(ConstantRate{}, 1e-5, step, 5), 1e-5);
}

TEST(Schedule, RestartsWhereASourceJoinsOrLeaves) {
  const std::vector<StepRange> active = {{0, 4}, {4, 12}, {10, 12}, {3, 3}};
  const std::vector<StepRange> phases = phases_of(active, 12);
  ASSERT_EQ(phases.size(), 3u);
  const LinearRate linear{.warmup = 0.5, .final = 0, .restart = true};
  const double expected[] = {0.5,    1,      1, 0.5,                  // 4 steps, 2 of them warm-up
                             1. / 3, 2. / 3, 1, 1,   2. / 3, 1. / 3,  // 6, 3
                             1,      1};                              // 2, 1
  LinearRate through = linear;
  through.restart = false;
  for (int64_t step = 0; step < 12; ++step) {
    EXPECT_DOUBLE_EQ(learning_rate(linear, 1, step, phases), expected[step]) << step;
    EXPECT_EQ(learning_rate(through, 1, step, phases), learning_rate(through, 1, step, 12));
  }
}

TEST(Schedule, AllWarmUpIsAllowed) {
  EXPECT_DOUBLE_EQ(learning_rate(LinearRate{.warmup = 1, .final = 0}, 1, 3, 4), 1);
}

}  // namespace
}  // namespace laurel::schedule_test
