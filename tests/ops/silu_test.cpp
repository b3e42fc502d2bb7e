// The gated activation: values, gradients, and the vectorised exponential behind it.
#include "ops/silu.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "ops/cpu/exp.h"
#include "support/near.h"

namespace laurel::silu_test {
namespace {

TEST(GatedSilu, IsGateTimesSigmoidTimesUp) {
  const at::Tensor gate_up = doubles({0, 1, 5, 2, 100, -1000, 3, 3}, {2, 4});
  const at::Tensor out = at::empty({2, 2}, at::kDouble);
  gated_silu_forward(gate_up, out);
  expect_near(out, doubles({0, 2 / (1 + std::exp(-1.0)), 300, 0}, {2, 2}), 1e-15);
  const at::Tensor single = at::empty({2, 2}, at::kFloat);
  gated_silu_forward(gate_up.to(at::kFloat), single);
  expect_near(single, out, 1e-6);
}

TEST(GatedSilu, GradientsAgreeWithAutogradAndTheProductIsRecomputed) {
  at::manual_seed(3);
  for (const auto type : {at::kDouble, at::kFloat}) {
    const double tolerance = type == at::kDouble ? 1e-13 : 1e-6;
    const at::Tensor gate_up = (at::randn({33, 14}, type) * 3).requires_grad_();
    const at::Tensor grad = at::randn({33, 7}, type);
    const at::Tensor expected = at::silu(gate_up.narrow(1, 0, 7)) * gate_up.narrow(1, 7, 7);
    (expected * grad).sum().backward();
    const at::Tensor activated = at::empty({33, 7}, type);
    const at::Tensor grad_gate_up = at::empty({33, 14}, type);
    gated_silu_backward(grad, gate_up.detach(), activated, grad_gate_up);
    expect_near(activated, expected, tolerance);
    expect_near(grad_gate_up, gate_up.grad(), tolerance);
  }
}

TEST(FastExp, IsWithinThreeTenMillionthsAndKeepsNotANumber) {
  for (double x = -87; x <= 88; x += 0.0137) {
    const auto exact = std::exp(static_cast<double>(static_cast<float>(x)));
    EXPECT_NEAR(fast_exp(static_cast<float>(x)) / exact, 1, 3e-7) << x;
  }
  EXPECT_LT(fast_exp(-1e30f), 1e-37f);
  EXPECT_TRUE(std::isfinite(fast_exp(1e30f)));
  EXPECT_TRUE(std::isnan(fast_exp(std::nanf(""))));
}

}  // namespace
}  // namespace laurel::silu_test
