// How far rewards move with edits: worked by hand, and against numpy.
#include "eval/stability.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/option_writer.h"

namespace laurel::stability_test {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;
using testing::Optional;

// Rewards 0, 2 and 4, 4: mean 2.5, squares 6.25 + 0.25 + 2.25 + 2.25 = 11.
TEST(RewardDeviation, IsOfAllAnswers) {
  const std::vector<EditedRow> rows{{{0, 2}, {{}, {}}}, {{4, 4}, {{}, {}}}};
  EXPECT_THAT(reward_deviation(rows), Optional(DoubleNear(std::sqrt(11.0 / 4), 1e-12)));
  EXPECT_EQ(reward_deviation(std::vector<EditedRow>{{{4, 4}, {{}, {}}}}), std::nullopt);
  EXPECT_EQ(reward_deviation({}), std::nullopt);
}

// Changes 3, -1 and 1: mean 1, root mean square sqrt(11 / 3). 0 + 3 overtakes 2; 2 - 1 stays above 0;
// 4 + 1 is beside an equal answer, which says nothing. The third row is not edited.
TEST(EditEffect, CountsWhatTheEditChanges) {
  const std::vector<EditedRow> rows{
      {{0, 2}, {3, 1}}, {{4, 4}, {5, std::nullopt}}, {{1, 3}, {std::nullopt, std::nullopt}}};
  const EditEffect effect = edit_effect("spaces", rows, 2);
  EXPECT_EQ(effect.rows, 2);
  EXPECT_EQ(effect.answers, 3);
  EXPECT_THAT(effect.change.value, Optional(DoubleNear(0.5, 1e-12)));
  EXPECT_THAT(effect.rms, Optional(DoubleNear(std::sqrt(11.0 / 3) / 2, 1e-12)));
  EXPECT_THAT(effect.order_changed.value, Optional(DoubleNear(0.5, 1e-12)));
}

TEST(EditEffect, OfEqualRewardsAfterwardsIsAHalf) {
  EXPECT_THAT(
      edit_effect("a", std::vector<EditedRow>{{{0, 2}, {2, std::nullopt}}}, 1).order_changed.value,
      Optional(0.5));
}

TEST(EditEffect, CountsAnswersWithoutARewardOnceEdited) {
  const std::vector<EditedRow> rows{{{0, 2}, {3, std::nullopt}, 1}, {{4}, {std::nullopt}, 1}};
  const EditEffect effect = edit_effect("a", rows, 1);
  EXPECT_EQ(effect.answers, 1);
  EXPECT_EQ(effect.left_out, 2);
  EXPECT_THAT(
      stability_table({.rows = 2, .edits = {effect}}),
      HasSubstr("  a: 2 answers without a reward once edited, such as those that become too "
                "long, left out\n"));
}

TEST(EditEffect, OfNothingIsUndefined) {
  const EditEffect effect = edit_effect("a", std::vector<EditedRow>{{{0}, {std::nullopt}}}, 1);
  EXPECT_EQ(effect.answers, 0);
  EXPECT_FALSE(effect.change.value);
  EXPECT_FALSE(effect.rms);
  EXPECT_THAT(stability_table({.rows = 1, .edits = {effect}}), HasSubstr("  a          "));
}

// x = np.sin(np.arange(200)); the mean's standard error x.std() / sqrt(200) = 0.04994: 1.96 of them.
TEST(EditEffect, HasTheIntervalOfAMean) {
  std::vector<EditedRow> rows;
  double sum = 0;
  for (int i = 0; i < 200; ++i) {
    rows.push_back({{0}, {std::sin(i)}});
    sum += std::sin(i);
  }
  const EditEffect effect = edit_effect("a", rows, 1);
  EXPECT_THAT(effect.change.value, Optional(DoubleNear(sum / 200, 1e-12)));
  EXPECT_NEAR(*effect.change.high - *effect.change.low, 2 * 1.96 * 0.04994, 0.012);
  EXPECT_FALSE(effect.order_changed.value) << "rows of one answer have no order";
}

TEST(Stability, IsATableAndJson) {
  const std::vector<EditedRow> rows{{{0, 2}, {3, 1}}, {{4, 6}, {5, 6.5}}};
  const Stability stability{.rows = 2, .left_out = 1, .edits = {edit_effect("spaces", rows, 2)}};
  EXPECT_THAT(stability_table(stability),
              testing::AllOf(HasSubstr("  edits of 2 rows                    answers      change"),
                             HasSubstr("  spaces                                   4      0.4375"),
                             HasSubstr("  1 row without a reward left out\n")));
  const Json json = options_to_json(stability);
  EXPECT_EQ(json["edits"][0]["answers"], 4);
  EXPECT_NEAR(json["edits"][0]["change"]["value"].get<double>(), 0.4375, 1e-12);
  EXPECT_EQ(json["left_out"], 1);
}

}  // namespace
}  // namespace laurel::stability_test
