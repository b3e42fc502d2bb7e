#include "ops/all_finite.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>

namespace laurel::all_finite_test {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

class AllFinite : public testing::TestWithParam<at::ScalarType> {};

// More than one task's values, none of them a multiple of a vector's.
at::Tensor numbers(at::ScalarType type) {
  return at::linspace(-6e4, 6e4, 3 * 65536 + 5, at::kDouble).to(type);
}

double largest_of(at::ScalarType type) {
  if (type == at::kHalf) return 65504;
  if (type == at::kBFloat16) return 0x1.fep127;
  return type == at::kFloat ? double{std::numeric_limits<float>::max()}
                            : std::numeric_limits<double>::max();
}

TEST_P(AllFinite, LargestSmallestAndZeroAre) {
  at::Tensor values = numbers(GetParam());
  EXPECT_TRUE(all_finite(values));
  const double largest = largest_of(GetParam());
  values[0] = largest;
  values[1] = -largest;
  values[2] = GetParam() == at::kDouble ? 5e-324 : GetParam() == at::kHalf ? 6e-8 : 1e-40;
  values[3] = -0.0;
  EXPECT_TRUE(all_finite(values));
}

TEST_P(AllFinite, OneInfinityOrNaNAnywhereIsFound) {
  const int64_t n = numbers(GetParam()).numel();
  for (const int64_t at : {int64_t{0}, int64_t{65535}, int64_t{65536}, n / 2, n - 1}) {
    for (const double value : {kInfinity, -kInfinity, kNaN}) {
      at::Tensor values = numbers(GetParam());
      values[at] = value;
      EXPECT_FALSE(all_finite(values)) << at << ": " << value;
    }
  }
}

TEST_P(AllFinite, ViewsAreLookedAtAlone) {
  at::Tensor values = numbers(GetParam());
  values[7] = kNaN;
  EXPECT_TRUE(all_finite(values.narrow(0, 8, 1000)));
  EXPECT_FALSE(all_finite(values.narrow(0, 7, 1)));
  EXPECT_FALSE(all_finite(values.narrow(0, 0, 1000).view({100, 10}).t()));
  EXPECT_TRUE(all_finite(values.narrow(0, 0, 0)));
}

TEST(AllFiniteOfIntegers, IsTrue) { EXPECT_TRUE(all_finite(at::arange(5))); }

INSTANTIATE_TEST_SUITE_P(Types, AllFinite,
                         testing::Values(at::kHalf, at::kBFloat16, at::kFloat, at::kDouble),
                         [](const auto& test) { return at::toString(test.param); });

}  // namespace laurel::all_finite_test
