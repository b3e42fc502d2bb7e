// A step's line, to the letter.
#include "train/step_line.h"

#include <gtest/gtest.h>

namespace laurel::step_line_test {
namespace {

StepReport step_of(int sources) {
  StepReport step{.step = 3, .loss = 0.69314, .lr = 1e-5, .grad_norm = 3.14159};
  step.losses = {0.5, 2.25};
  step.groups = {4, 2};
  step.rewards = {{.rewards = 8, .mean = 0.125, .deviation = 1.5, .pairs = 4, .right = 2.5},
                  {.rewards = 2, .mean = -2, .deviation = 0}};
  step.losses.resize(sources);
  step.groups.resize(sources);
  step.rewards.resize(sources);
  return step;
}

TEST(StepLine, HasFixedDecimals) {
  const std::vector<std::string> one{"pairs"}, two{"pairs", "stars"};
  EXPECT_EQ(step_text(step_of(1), one),
            "loss 0.6931  accuracy 0.625  reward 0.12 ± 1.50  lr 1.00e-05  grad norm 3.142");
  EXPECT_EQ(step_text(step_of(2), two),
            "loss 0.6931 (pairs 0.5000, accuracy 0.625, reward 0.12 ± 1.50; stars 2.2500, reward "
            "-2.00 ± 0.00)  lr 1.00e-05  grad norm 3.142");
}

TEST(StepLine, NumbersThatDecimalsDoNotShowHavePowersOfTen) {
  EXPECT_EQ(fixed_text(0.00001234, 4), "1.23e-05");
  EXPECT_EQ(fixed_text(12345678, 4), "1.23e+07");
  EXPECT_EQ(fixed_text(0, 4), "0.0000");
}

TEST(StepLine, DurationsHaveTwoUnits) {
  EXPECT_EQ(duration_text(11.6), "12 s");
  EXPECT_EQ(duration_text(200), "3 min 20 s");
  EXPECT_EQ(duration_text(3900), "1 h 5 min");
}

}  // namespace
}  // namespace laurel::step_line_test
