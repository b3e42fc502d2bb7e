// AdamW against the formula element by element, ranges, clipping and the norm.
#include "ops/adamw.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/near.h"

namespace laurel::adamw_test {
namespace {

AdamWBuffers buffers_of(const at::Tensor& weights, const at::Tensor& gradient) {
  return {weights.clone(), gradient.clone(), at::zeros_like(weights), at::zeros_like(weights)};
}

TEST(AdamWStep, TheFirstStepMovesByTheLearningRateAgainstTheGradientsSign) {
  const AdamWBuffers buffers = buffers_of(doubles({1, 2, 3}, {3}), doubles({0.5, -40, 0}, {3}));
  const std::vector<UpdateRange> ranges{{0, 3, true}};
  adamw_step(buffers, ranges, {.lr = 0.1, .eps = 0, .weight_decay = 0.5, .update = 1});
  // Decay multiplies by 1 - 0.1 * 0.5. 0 / 0 where the gradient is zero and eps is zero.
  EXPECT_NEAR(buffers.weights[0].item<double>(), 0.95 - 0.1, 1e-12);
  EXPECT_NEAR(buffers.weights[1].item<double>(), 1.9 + 0.1, 1e-12);
  EXPECT_TRUE(std::isnan(buffers.weights[2].item<double>()));
}

TEST(AdamWStep, AgreesWithTheFormulaOverSeveralUpdates) {
  at::manual_seed(7);
  const at::Tensor start = at::randn({200000}, at::kDouble);
  const AdamWBuffers buffers = buffers_of(start, start);
  at::Tensor w = start.clone(), m = at::zeros_like(start), v = at::zeros_like(start);
  const std::vector<UpdateRange> ranges{{0, 70000, true}, {70016, 200000, false}};
  for (int64_t n = 1; n <= 4; ++n) {
    at::Tensor g = at::randn_like(start);
    buffers.gradient.copy_(g);
    adamw_step(buffers, ranges,
               {.lr = 0.01,
                .beta1 = 0.8,
                .beta2 = 0.95,
                .eps = 1e-6,
                .weight_decay = 0.3,
                .update = n,
                .gradient_scale = 0.5});
    g = g * 0.5;
    m = 0.8 * m + 0.2 * g;
    v = 0.95 * v + 0.05 * g * g;
    w.narrow(0, 0, 70000).mul_(1 - 0.01 * 0.3);
    const auto k = static_cast<double>(n);
    w = w - 0.01 * (m / (1 - std::pow(0.8, k))) / ((v / (1 - std::pow(0.95, k))).sqrt() + 1e-6);
  }
  const auto same = [&](int64_t begin, int64_t length) {
    expect_near(buffers.weights.narrow(0, begin, length), w.narrow(0, begin, length), 1e-12);
    expect_near(buffers.moment1.narrow(0, begin, length), m.narrow(0, begin, length), 1e-12);
    expect_near(buffers.moment2.narrow(0, begin, length), v.narrow(0, begin, length), 1e-12);
    EXPECT_EQ(buffers.gradient.narrow(0, begin, length).abs().max().item<double>(), 0);
  };
  same(0, 70000);
  same(70016, 129984);
  EXPECT_TRUE(at::equal(buffers.weights.narrow(0, 70000, 16), start.narrow(0, 70000, 16)));
}

TEST(GradientNorm, IsTheEuclideanNormOverAllBuffers) {
  const std::vector<at::Tensor> gradients{at::full({300000}, 2.0, at::kFloat),
                                          doubles({3, 4}, {2})};
  EXPECT_NEAR(gradient_norm(gradients), std::sqrt(300000 * 4.0 + 25), 1e-9);
  EXPECT_EQ(gradient_norm(std::vector<at::Tensor>{}), 0);
}

TEST(GradientNorm, IsNotANumberWhereAGradientIs) {
  at::Tensor gradient = at::ones({100});
  gradient[50] = NAN;
  EXPECT_TRUE(std::isnan(gradient_norm(std::vector{gradient})));
  gradient[50] = INFINITY;
  EXPECT_TRUE(std::isinf(gradient_norm(std::vector{gradient})));
}

TEST(ClipFactor, ShrinksOnlyLongGradientsAndZeroTurnsItOff) {
  EXPECT_EQ(clip_factor(0.5, 1), 1);
  EXPECT_NEAR(clip_factor(4, 1), 0.25, 1e-6);
  EXPECT_EQ(clip_factor(4, 0), 1);
  EXPECT_EQ(clip_factor(0, 1), 1);
}

}  // namespace
}  // namespace laurel::adamw_test
