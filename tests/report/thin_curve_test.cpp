// Curves with fewer points.
#include "report/thin_curve.h"

#include <gmock/gmock.h>

namespace laurel::thin_curve_test {
namespace {

using testing::ElementsAre;

TEST(ThinCurve, KeepsAShortCurveAsItIs) {
  const ThinCurve thin = thin_curve({{1, 2, 3}, {5, 4, 6}}, 3);
  EXPECT_THAT(thin.step, ElementsAre(1, 2, 3));
  EXPECT_THAT(thin.mean, ElementsAre(5, 4, 6));
  EXPECT_EQ(thin.points_each, 1u);
}

TEST(ThinCurve, TakesMeansAndExtremesOfEqualStretches) {
  const ThinCurve thin = thin_curve({{1, 2, 3, 4, 5}, {1, 3, 8, 4, 7}}, 3);
  EXPECT_THAT(thin.step, ElementsAre(1.5, 3.5, 5));
  EXPECT_THAT(thin.mean, ElementsAre(2, 6, 7));
  EXPECT_THAT(thin.low, ElementsAre(1, 4, 7));
  EXPECT_THAT(thin.high, ElementsAre(3, 8, 7));
  EXPECT_EQ(thin.points_each, 2u);
}

TEST(ThinCurve, OfNothingIsNothing) { EXPECT_TRUE(thin_curve({}, 10).step.empty()); }

TEST(SpansDecades, WhereTheLargestIsFarAboveTheMedian) {
  EXPECT_TRUE(spans_decades({{1, 2, 3}, {41, 2, 1}}));
  EXPECT_FALSE(spans_decades({{1, 2, 3}, {40, 2, 1}}));
  EXPECT_FALSE(spans_decades({{1, 2, 3}, {41, 2, 0}}));  // 0 has no logarithm
  EXPECT_FALSE(spans_decades({}));
}

}  // namespace
}  // namespace laurel::thin_curve_test
