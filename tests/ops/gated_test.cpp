// The gated activations: values, gradients, and the vectorised exponential and tanh behind them.
#include "ops/gated.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "ops/cpu/exp.h"
#include "support/near.h"

namespace laurel::gated_test {
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

TEST(GatedGelu, IsGateTimesHalfOfOnePlusTanhTimesUp) {
  const double u = std::sqrt(2 / std::numbers::pi) * (1 + .044715);
  const at::Tensor gate_up = doubles({0, 1, 5, 2, 100, -1000, 3, 3}, {2, 4});
  const at::Tensor out = at::empty({2, 2}, at::kDouble);
  gated_gelu_tanh_forward(gate_up, out);
  expect_near(out, doubles({0, 1 + std::tanh(u), 300, 0}, {2, 2}), 1e-15);
  const at::Tensor single = at::empty({2, 2}, at::kFloat);
  gated_gelu_tanh_forward(gate_up.to(at::kFloat), single);
  expect_near(single, out, 1e-6);
}

// The activation, forward and backward against autograd of `act`.
template <class Act, class Forward, class Backward>
void expect_gradients(const Act& act, const Forward& forward, const Backward& backward) {
  at::manual_seed(3);
  for (const auto type : {at::kDouble, at::kFloat, at::kBFloat16}) {
    const double tolerance = type == at::kDouble ? 1e-13 : type == at::kFloat ? 1e-6 : 3e-3;
    const at::Tensor gate_up = at::randn({33, 14}, type) * 3;
    const at::Tensor leaf = gate_up.to(at::kDouble).requires_grad_();
    const at::Tensor grad = at::randn({33, 7}, type);
    const at::Tensor expected = act(leaf.narrow(1, 0, 7)) * leaf.narrow(1, 7, 7);
    (expected * grad).sum().backward();
    const at::Tensor out = at::empty({33, 7}, type), activated = at::empty({33, 7}, type);
    const at::Tensor grad_gate_up = at::empty({33, 14}, type);
    forward(gate_up, out);
    backward(grad, gate_up, activated, grad_gate_up);
    expect_near(out, expected, tolerance);
    expect_near(activated, expected, tolerance);
    expect_near(grad_gate_up, leaf.grad(), tolerance);
  }
}

TEST(GatedSilu, GradientsAgreeWithAutogradAndTheProductIsRecomputed) {
  expect_gradients([](const at::Tensor& x) { return at::silu(x); }, gated_silu_forward,
                   gated_silu_backward);
}

TEST(GatedGelu, GradientsAgreeWithAutogradAndTheProductIsRecomputed) {
  expect_gradients([](const at::Tensor& x) { return at::gelu(x, "tanh"); }, gated_gelu_tanh_forward,
                   gated_gelu_tanh_backward);
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

TEST(FastTanh, IsWithinFourTenMillionthsOfItselfDownToTheSmallest) {
  for (double x = -12; x <= 12; x += 0.00137) {
    const auto exact = std::tanh(static_cast<double>(static_cast<float>(x)));
    EXPECT_NEAR(fast_tanh(static_cast<float>(x)), exact, 4e-7 * std::abs(exact)) << x;
  }
  for (const float x : {1e-30f, -3e-12f, 2e-7f, 1e-3f}) EXPECT_NEAR(fast_tanh(x) / x, 1, 7e-7);
  EXPECT_EQ(fast_tanh(0.0f), 0);
  EXPECT_NEAR(fast_tanh(1e30f), 1, 2e-7);
  EXPECT_TRUE(std::isnan(fast_tanh(std::nanf(""))));
}

}  // namespace
}  // namespace laurel::gated_test
