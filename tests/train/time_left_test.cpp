// What is left of a run, worked by hand.
#include "train/time_left.h"

#include <gtest/gtest.h>

namespace laurel::time_left_test {
namespace {

TEST(TimeLeft, AddsStepsEvaluationsAndWriting) {
  TimeLeft left(
      10, [](int64_t step) { return step % 5 == 0; }, 300);
  left.writing_took(100, 2);
  left.step_took(1);
  left.step_took(3);
  EXPECT_DOUBLE_EQ(left.after(2), 8 * 2 + 6);  // no evaluation was timed yet
  left.evaluation_took(7);
  EXPECT_DOUBLE_EQ(left.after(2), 8 * 2 + 2 * 7 + 6);
  EXPECT_DOUBLE_EQ(left.after(5), 5 * 2 + 7 + 6);
  EXPECT_DOUBLE_EQ(left.after(10), 6);  // the last step is not the end
}

TEST(TimeLeft, OfVeryLongRunsIsEstimated) {
  TimeLeft left(
      int64_t{1} << 40, [](int64_t step) { return step % 100 == 0; }, 0);
  left.evaluation_took(100);
  const double steps = static_cast<double>(int64_t{1} << 40);
  EXPECT_NEAR(left.after(0) / steps, 1, 0.02);
}

}  // namespace
}  // namespace laurel::time_left_test
