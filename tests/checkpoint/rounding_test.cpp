// Rounding to bf16 and fp16: which values, how often, and always the same.
#include "checkpoint/rounding.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

namespace laurel::test::rounding_test {

static WeightRounding stochastic(at::ScalarType type, uint64_t seed = 0) {
  return {.dtype = type, .mode = Rounding::stochastic, .seed = seed};
}

TEST(Rounding, ToNearestIsLibTorchs) {
  at::manual_seed(1);
  const at::Tensor values = at::randn({4096});
  for (const at::ScalarType type : {at::kBFloat16, at::kHalf, at::kFloat}) {
    const at::Tensor found = rounded(values, "w", {.dtype = type});
    EXPECT_TRUE(at::equal(found, values.to(type)));
  }
  // A tie goes to the even neighbour: 1 + 2^-8 lies between 1 and 1 + 2^-7.
  const at::Tensor tie = at::tensor({1.00390625f, 1.01171875f});
  EXPECT_TRUE(at::equal(rounded(tie, "w", {.dtype = at::kBFloat16}).to(at::kFloat),
                        at::tensor({1.0f, 1.015625f})));
}

TEST(Rounding, StochasticTakesBothNeighboursSoThatTheMeanIsTheValue) {
  constexpr int64_t kDraws = 1 << 16;
  for (const auto& [type, step] : {std::pair{at::kBFloat16, 0x1p-7}, {at::kHalf, 0x1p-10}}) {
    for (const double part : {.1, .25, .5, .9}) {
      for (const double sign : {1.0, -1.0}) {
        const double value = sign * (1 + part * step);
        const at::Tensor found =
            rounded(at::full({kDraws}, value, at::kFloat), "w", stochastic(type)).to(at::kDouble);
        EXPECT_EQ(found.abs().min().item<double>(), 1);
        EXPECT_EQ(found.abs().max().item<double>(), 1 + step);
        const double up = (found.abs() > 1).to(at::kDouble).mean().item<double>();
        // Five deviations of a mean of so many draws.
        EXPECT_NEAR(up, part, 5 * std::sqrt(part * (1 - part) / kDraws)) << part << " " << sign;
      }
    }
  }
}

TEST(Rounding, StochasticKeepsWhatTheTypeHas) {
  at::manual_seed(2);
  const at::Tensor exact = at::randn({4096}).to(at::kBFloat16).to(at::kFloat);
  EXPECT_TRUE(at::equal(rounded(exact, "w", stochastic(at::kBFloat16)).to(at::kFloat), exact));
  const at::Tensor edges = at::tensor({0.0f, -0.0f, 3.3895314e38f, -3.3895314e38f});
  EXPECT_TRUE(at::equal(rounded(edges, "w", stochastic(at::kBFloat16)).to(at::kFloat), edges));
}

TEST(Rounding, StochasticCrossesNoSignAndReachesNoInfinity) {
  const at::Tensor tiny = at::full({64}, 1e-9f), large = at::full({64}, 65503.9f);
  const at::Tensor half = rounded(tiny, "w", stochastic(at::kHalf)).to(at::kFloat);
  EXPECT_GE(half.min().item<float>(), 0);
  EXPECT_TRUE(rounded(large, "w", stochastic(at::kHalf)).isfinite().all().item<bool>());
}

TEST(Rounding, StochasticIsAFunctionOfSeedNameAndPlace) {
  at::manual_seed(3);
  const at::Tensor values = at::randn({1 << 19});  // several tasks
  const at::Tensor one = rounded(values, "w", stochastic(at::kBFloat16, 7));
  EXPECT_TRUE(at::equal(one, rounded(values, "w", stochastic(at::kBFloat16, 7))));
  EXPECT_FALSE(at::equal(one, rounded(values, "w", stochastic(at::kBFloat16, 8))));
  EXPECT_FALSE(at::equal(one, rounded(values, "v", stochastic(at::kBFloat16, 7))));
}

}  // namespace laurel::test::rounding_test
