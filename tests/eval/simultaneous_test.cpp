// Intervals for several values at once, worked by hand.
#include "eval/simultaneous.h"

#include <gtest/gtest.h>

#include <cmath>

namespace laurel::simultaneous_test {
namespace {

TEST(DeviationOfDraws, IsNumpysWithOneDegreeLess) {
  EXPECT_NEAR(deviation_of_draws({1, 2, 3, 4}, 4), 1.2909944487358056, 1e-15);  // std(ddof=1)
  EXPECT_EQ(deviation_of_draws({1, 2, 3, 4}, 9), 0) << "defined in fewer than half of the draws";
  EXPECT_EQ(deviation_of_draws({1}, 1), 0);
}

// |t| of the draws: 1 and 2 (the larger of each draw); their 95th percentile is 1.95.
TEST(SimultaneousIntervals, ReachByTheLargestT) {
  const MetricValues values{1.0, 5.0};
  const std::vector<MetricValues> draws{{1.5, 5.0}, {1.0, 9.0}};
  const std::vector<double> errors{0.5, 2.0};
  const SimultaneousIntervals found = simultaneous_intervals(values, draws, errors);
  EXPECT_NEAR(found.critical, 1.95, 1e-12);
  EXPECT_NEAR(found.intervals[0]->low, 1 - 1.95 * 0.5, 1e-12);
  EXPECT_NEAR(found.intervals[1]->high, 5 + 1.95 * 2, 1e-12);
}

TEST(SimultaneousIntervals, LeaveOutWhatIsUndefinedOrDoesNotVary) {
  const MetricValues values{1.0, std::nullopt, 3.0};
  const std::vector<MetricValues> draws{{2.0, 100.0, 3.0}, {std::nullopt, 100.0, 3.0}};
  const SimultaneousIntervals found =
      simultaneous_intervals(values, draws, std::vector<double>{1, 1, 0});
  EXPECT_NEAR(found.critical, 0.95, 1e-12) << "of |t| 1 and 0";
  EXPECT_FALSE(found.intervals[1]);
  EXPECT_EQ(found.intervals[2]->low, 3);
  EXPECT_EQ(found.intervals[2]->high, 3);
  EXPECT_FALSE(simultaneous_intervals(values, {}, std::vector<double>{1, 1, 0}).intervals[0]);
}

}  // namespace
}  // namespace laurel::simultaneous_test
