// The exact GELU, alone and as a gate: values, gradients, and the normal distribution behind it.
#include "ops/exact_gelu.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "ops/cpu/normal.h"
#include "ops/cuda/encoder_math.h"
#include "support/near.h"

namespace laurel::exact_gelu_test {
namespace {

// Phi(1) = 0.841344746068543, Phi(-2) = 0.0227501319481792.
TEST(ExactGelu, IsTheValueTimesTheNormalDistribution) {
  const at::Tensor x = doubles({0, 1, -2, 100, -1000, 1}, {2, 3});
  const at::Tensor expected =
      doubles({0, 0.841344746068543, -0.0455002638963584, 100, 0, 0.841344746068543}, {2, 3});
  const at::Tensor out = at::empty({2, 3}, at::kDouble), single = at::empty({2, 3});
  exact_gelu_forward(x, out);
  expect_near(out, expected, 1e-15);
  exact_gelu_forward(x.to(at::kFloat), single);
  expect_near(single, expected, 1e-7);
}

TEST(ExactGelu, GateIsTheFirstHalfAndUpTheSecond) {
  const at::Tensor gate_up = doubles({1, -2, 10, 100}, {1, 4});
  const at::Tensor out = at::empty({1, 2}, at::kDouble);
  gated_exact_gelu_forward(gate_up, out);
  expect_near(out, doubles({8.41344746068543, -4.55002638963584}, {1, 2}), 1e-15);
}

TEST(ExactGelu, GradientsAgreeWithAutogradAndTheResultIsRecomputed) {
  at::manual_seed(3);
  for (const auto type : {at::kDouble, at::kFloat, at::kBFloat16}) {
    const double tolerance = type == at::kDouble ? 1e-13 : type == at::kFloat ? 3e-7 : 4e-3;
    const at::Tensor x = (at::randn({33, 7}) * 2).to(type), grad = at::randn({33, 7}).to(type);
    const at::Tensor exact = x.to(at::kDouble).requires_grad_();
    const at::Tensor expected = exact * at::special_ndtr(exact);
    (expected * grad.to(at::kDouble)).sum().backward();
    const auto check = [&](const auto& backward) {
      const at::Tensor activated = at::empty_like(x), grad_x = at::empty_like(x);
      backward(grad, x, activated, grad_x);
      expect_near(activated, expected, tolerance);
      expect_near(grad_x, exact.grad(), tolerance);
    };
    check(exact_gelu_backward);
    check(exact_gelu_backward_math);
    const at::Tensor out = at::empty_like(x);
    exact_gelu_forward_math(x, out);
    expect_near(out, expected, tolerance);
  }
}

TEST(ExactGelu, GradientsOfTheGateAndOfWhatItGatesAgreeWithAutograd) {
  at::manual_seed(4);
  for (const auto type : {at::kDouble, at::kFloat, at::kBFloat16}) {
    const double tolerance = type == at::kDouble ? 1e-13 : type == at::kFloat ? 3e-7 : 4e-3;
    const at::Tensor gate_up = (at::randn({33, 14}) * 2).to(type);
    const at::Tensor grad = at::randn({33, 7}).to(type);
    const at::Tensor exact = gate_up.to(at::kDouble).requires_grad_();
    const at::Tensor gate = exact.narrow(1, 0, 7);
    const at::Tensor expected = gate * at::special_ndtr(gate) * exact.narrow(1, 7, 7);
    (expected * grad.to(at::kDouble)).sum().backward();
    const auto check = [&](const auto& backward, double within) {
      const at::Tensor activated = at::empty_like(grad), grad_gate_up = at::empty_like(gate_up);
      backward(grad, gate_up, activated, grad_gate_up);
      expect_near(activated, expected, within);
      expect_near(grad_gate_up, exact.grad(), within);
    };
    check(gated_exact_gelu_backward, tolerance);
    check(gated_exact_gelu_backward_math, 2 * tolerance);  // in bf16 it rounds twice
    const at::Tensor out = at::empty_like(grad);
    gated_exact_gelu_forward_math(gate_up, out);
    expect_near(out, expected, 2 * tolerance);
  }
}

TEST(NormalDistribution, IsWithinThreeTenMillionthsAndKeepsNotANumber) {
  for (double x = -20; x <= 20; x += 0.00137) {
    const auto single = static_cast<float>(x);
    const Normal<double> exact = normal(static_cast<double>(single));
    EXPECT_NEAR(normal(single).cumulative, exact.cumulative, 3e-7) << x;
    EXPECT_NEAR(normal(single).density, exact.density, 3e-7) << x;
  }
  EXPECT_NEAR(normal(1.0).density, 0.24197072451914337, 1e-16);
  EXPECT_TRUE(std::isnan(normal(std::nanf("")).cumulative));
}

}  // namespace
}  // namespace laurel::exact_gelu_test
