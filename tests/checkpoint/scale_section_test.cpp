// The section of a model card about the scale of its rewards.
#include "checkpoint/scale_section.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace laurel::test::scale_section_test {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

static RewardConfig measured() {
  RewardConfig config;
  config.normalization = {.mean = {.value = 0.5, .low = 0.4, .high = 0.6},
                          .deviation = {.value = 2, .low = 1.9, .high = 2.1},
                          .within_prompts = MeasuredNumber{.value = 1.5},
                          .quantiles = {{"0.5", 0.25}},
                          .answers = 80,
                          .prompts = 40,
                          .prompts_with_several = 30};
  return config;
}

TEST(ScaleSection, SaysWhatWasMeasured) {
  EXPECT_EQ(scale_section(measured()),
            "\n## Scale of the rewards\n"
            "\nOver 80 answers to 40 prompts, measured by `laurel normalize`: mean 0.5000 (0.4000 "
            "to 0.6000), deviation 2.0000 (1.9000 to 2.1000), within a prompt 1.5000 over the 30 "
            "prompts with several different answers. In brackets 95 % intervals by prompt.\n"
            "\n| quantile | 0.5 |\n|---|---|\n| reward | 0.2500 |\n");
}

TEST(ScaleSection, SaysWhatTheHeadWasDividedBy) {
  RewardConfig config;
  config.scale = {.divisor = 1.5, .deviation = AnswerGroup::within_prompts};
  EXPECT_THAT(scale_section(config),
              HasSubstr("The head is the trained one divided by 1.5, the deviation within prompts, "
                        "by `laurel export --scale unit`.\n"));
  EXPECT_EQ(scale_section({}), "");
}

TEST(ScaleSection, SaysWhatProbabilityADifferenceStandsFor) {
  RewardConfig config;
  config.calibration = {.temperature = 2.5, .n = 200, .prompts = 50};
  EXPECT_EQ(
      scale_section(config),
      "\n## Scale of the rewards\n"
      "\nFitted by `laurel calibrate` on 200 pairs: the answer with reward a is better than "
      "that with reward b with probability sigmoid((a - b) / 2.5000). Rewards are not divided "
      "by it; `laurel score --calibrated` does so.\n");
  config.calibration = {
      .labels = CalibrationLabels::labels, .temperature = 0.5, .shift = -1.25, .n = 1};
  EXPECT_THAT(scale_section(config),
              HasSubstr("on 1 label: an answer with reward r has the label 1 with probability "
                        "sigmoid(r / 0.5000 - 1.2500)."));
}

TEST(ScaleSection, TakesThePlaceOfAnEarlierOneAndLeavesTheRest) {
  const std::string card = "# Reward model\n\nText.\n";
  const std::string once = with_scale_section(card, measured());
  EXPECT_EQ(once, card + scale_section(measured()));
  EXPECT_EQ(with_scale_section(once, measured()), once);
  EXPECT_EQ(with_scale_section(once, {}), card);
  const std::string longer = once + "\n## Notes\n\nMine.\n";
  EXPECT_THAT(with_scale_section(longer, measured()), StartsWith(card + "\n## Notes\n\nMine.\n"));
  EXPECT_THAT(with_scale_section(longer, measured()), EndsWith(scale_section(measured())));
}

}  // namespace laurel::test::scale_section_test
