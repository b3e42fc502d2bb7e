// Ticks and scales of axes.
#include "report/svg_axis.h"

#include <gmock/gmock.h>

namespace laurel::svg_axis_test {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

TEST(RoundStep, IsOneTwoOrFiveTimesAPowerOfTen) {
  EXPECT_DOUBLE_EQ(round_step(1), 1);
  EXPECT_DOUBLE_EQ(round_step(1.1), 2);
  EXPECT_DOUBLE_EQ(round_step(0.03), 0.05);
  EXPECT_DOUBLE_EQ(round_step(0.051), 0.1);
  EXPECT_DOUBLE_EQ(round_step(600), 1000);
}

TEST(LinearTicks, AreMultiplesOfOneStep) {
  const Ticks ticks = linear_ticks(0, 1, 5);
  EXPECT_THAT(ticks.label, ElementsAre("0", "0.2", "0.4", "0.6", "0.8", "1.0"));
  EXPECT_THAT(linear_ticks(0.13, 0.87, 5).label, ElementsAre("0.2", "0.4", "0.6", "0.8"));
  EXPECT_THAT(linear_ticks(-3, 3, 5).label, ElementsAre("-2", "0", "2"));
  EXPECT_THAT(linear_ticks(0, 6, 5).at, ElementsAre(0, 2, 4, 6));
}

TEST(LinearTicks, LabelSmallAndLargeNumbersShortly) {
  EXPECT_THAT(linear_ticks(0, 1e-5, 2).label, ElementsAre("0", "5e-6", "1e-5"));
  EXPECT_THAT(linear_ticks(0, 150000, 3).label, ElementsAre("0", "50k", "100k", "150k"));
  EXPECT_THAT(linear_ticks(0, 2e6, 2).label, ElementsAre("0", "1M", "2M"));
  EXPECT_THAT(linear_ticks(0, 2000, 2).label, ElementsAre("0", "1000", "2000"));
}

TEST(LogTicks, AreOneTwoAndFiveOverAFewDecades) {
  EXPECT_THAT(log_ticks(1, 10, 6).label, ElementsAre("1", "2", "5", "10"));
  EXPECT_THAT(log_ticks(0.05, 0.5, 6).label, ElementsAre("0.05", "0.1", "0.2", "0.5"));
}

TEST(LogTicks, AreEveryNthPowerOfTenOverMany) {
  EXPECT_THAT(log_ticks(1, 1000, 6).label, ElementsAre("1", "10", "100", "1000"));
  EXPECT_THAT(log_ticks(1e-6, 1e6, 7).label,
              ElementsAre("1e-6", "0.0001", "0.01", "1", "100", "10k", "1M"));
}

TEST(Scale, MapsToPixelsAndKeepsWithinThem) {
  const Scale scale{0, 10, false, 100, 0};
  EXPECT_DOUBLE_EQ(scale(0), 100);
  EXPECT_DOUBLE_EQ(scale(2.5), 75);
  EXPECT_DOUBLE_EQ(scale(11), 0);
  EXPECT_DOUBLE_EQ(scale(-1), 100);
}

TEST(Scale, OfLogarithmsHasEqualDecades) {
  const Scale scale{1, 100, true, 0, 100};
  EXPECT_DOUBLE_EQ(scale(10), 50);
  EXPECT_DOUBLE_EQ(scale(0.1), 0);
}

TEST(RoundedOutwards, EndsAtTicks) {
  const auto [low, high] = rounded_outwards({0.13, 0.87}, false, 5);
  EXPECT_THAT(low, DoubleNear(0, 1e-12));
  EXPECT_THAT(high, DoubleNear(1, 1e-12));
  const auto [lowest, highest] =
      rounded_outwards({0.19, 1.13}, false, 5);  // 0 to 1.2 has six steps
  EXPECT_THAT(lowest, DoubleNear(0, 1e-12));
  EXPECT_THAT(highest, DoubleNear(1.5, 1e-12));
  const auto [from, to] = rounded_outwards({3, 700}, true, 5);
  EXPECT_DOUBLE_EQ(from, 2);
  EXPECT_DOUBLE_EQ(to, 1000);
}

TEST(RoundedOutwards, IsNeverEmpty) {
  const auto [low, high] = rounded_outwards({5, 5}, false, 5);
  EXPECT_LT(low, 5);
  EXPECT_GT(high, 5);
  const auto [zero_low, zero_high] = rounded_outwards({0, 0}, false, 5);
  EXPECT_LT(zero_low, zero_high);
  const auto [from, to] = rounded_outwards({5, 5}, true, 5);
  EXPECT_LT(from, to);
}

}  // namespace
}  // namespace laurel::svg_axis_test
