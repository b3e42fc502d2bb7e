// Random: the same numbers on every machine, and the right distributions.
#include "core/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace laurel::random_test {
namespace {

TEST(Random, MixesAsSplitMix64) {
  // First output of the reference implementation with state 0.
  EXPECT_EQ(mix64(0), 0xE220A8397B1DCDAFu);
}

TEST(Random, EqualSeedsGiveEqualNumbersAndStreamsDiffer) {
  Random a(7, 1), b(7, 1), c(7, 2);
  EXPECT_EQ(a.bits(), b.bits());
  EXPECT_NE(a.bits(), c.bits());
}

TEST(Random, NormalHasMeanZeroAndDeviationOne) {
  Random random(1);
  double sum = 0, squares = 0;
  const int n = 100000;
  for (int i = 0; i < n; ++i) {
    const double x = random.normal();
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / n, 0, 0.01);
  EXPECT_NEAR(squares / n, 1, 0.02);
}

TEST(Random, ShuffleKeepsEveryElement) {
  std::vector<int> values(100);
  std::iota(values.begin(), values.end(), 0);
  Random(3).shuffle(values);
  EXPECT_FALSE(std::is_sorted(values.begin(), values.end()));
  std::sort(values.begin(), values.end());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(values[i], i);
}

TEST(Random, ShuffledPositionsAreUniform) {
  std::vector<int> at_front(4);
  for (int seed = 0; seed < 4000; ++seed) {
    std::vector<int> values = {0, 1, 2, 3};
    Random(seed).shuffle(values);
    ++at_front[values[0]];
  }
  for (const int count : at_front) EXPECT_NEAR(count, 1000, 120);
}

}  // namespace
}  // namespace laurel::random_test
