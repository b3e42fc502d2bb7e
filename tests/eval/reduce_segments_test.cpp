// Every way from segments to a response.
#include "eval/reduce_segments.h"

#include <gtest/gtest.h>

#include <vector>

namespace laurel::reduce_segments_test {
namespace {

TEST(Reduce, ComputesEachReduction) {
  const std::vector<double> values = {2, -1, 5, 0.5};
  EXPECT_EQ(reduce(values, Reduction::mean), 1.625);
  EXPECT_EQ(reduce(values, Reduction::min), -1);
  EXPECT_EQ(reduce(values, Reduction::last), 0.5);
  EXPECT_EQ(reduce(values, Reduction::sum), 6.5);
  EXPECT_EQ(reduce(std::vector<double>{3}, Reduction::mean), 3);
}

}  // namespace
}  // namespace laurel::reduce_segments_test
