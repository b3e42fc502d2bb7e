// When a model counts as dead, and what is said of it.
#include "train/dead_model.h"

#include <gmock/gmock.h>

namespace laurel::dead_model_test {
namespace {

using ::testing::HasSubstr;

StepReport step_of(int64_t step, double loss, double norm, bool equal = false) {
  StepReport report{.step = step, .loss = loss, .grad_norm = norm};
  report.equal_rewards = equal;
  return report;
}

TEST(DeadModel, FiveStepsWithoutAGradientAreWarnedOfOnceWithTheFirst) {
  DeadModel model;
  model.observe(step_of(1, 0.7, 3), true);
  for (int64_t step = 2; step <= 5; ++step) {
    EXPECT_FALSE(model.observe(step_of(step, 0.69, 0), true));
    EXPECT_FALSE(model.since());
  }
  const auto warning = model.observe(step_of(6, 0.69, 0), true);
  ASSERT_TRUE(warning);
  EXPECT_THAT(*warning, HasSubstr("since step 2 the gradient norm has been 0"));
  EXPECT_THAT(*warning, HasSubstr("train.lr"));
  EXPECT_FALSE(model.observe(step_of(7, 0.69, 0), true));
  EXPECT_EQ(model.since(), 2);
}

TEST(DeadModel, EqualRewardsCountWhateverTheNorm) {
  DeadModel model;
  std::optional<std::string> warning;
  for (int64_t step = 1; step <= 5; ++step)
    warning = model.observe(step_of(step, 0.7, 2, true), true);
  ASSERT_TRUE(warning);
  EXPECT_THAT(*warning, HasSubstr("since step 1 all rewards have been equal"));
}

TEST(DeadModel, ALossOfZeroWithoutAGradientIsAHingeWithEveryMarginMet) {
  DeadModel model;
  for (int64_t step = 1; step <= 9; ++step) {
    EXPECT_FALSE(model.observe(step_of(step, 0, 0), true));
  }
  EXPECT_FALSE(model.since());
}

TEST(DeadModel, OneStepThatLearnsAndStepsOfTheWarmUpBeginTheCountAgain) {
  DeadModel model;
  for (int64_t step = 1; step <= 4; ++step) model.observe(step_of(step, 1, 0), true);
  model.observe(step_of(5, 1, 1e-9), true);
  for (int64_t step = 6; step <= 9; ++step) {
    EXPECT_FALSE(model.observe(step_of(step, 1, 0), true));
  }
  EXPECT_FALSE(model.observe(step_of(10, 1, 0), false));  // warm-up of the next phase
  EXPECT_EQ(model.text(), "");
}

}  // namespace
}  // namespace laurel::dead_model_test
