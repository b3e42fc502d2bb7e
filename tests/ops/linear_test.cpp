// Linear: values by hand, and that weight gradients are added.
#include "ops/linear.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "support/near.h"

namespace laurel::linear_test {
namespace {

const at::Tensor kX = doubles({1, 2, 3, 4}, {2, 2});
const Linear kLinear{doubles({1, 0, 0, 1, 1, 1}, {3, 2}), doubles({10, 20, 30}, {3})};

TEST(Linear, MultipliesByTheTransposedWeightAndAddsTheBias) {
  const at::Tensor out = at::empty({2, 3}, at::kDouble);
  linear_forward(kX, kLinear, out);
  expect_near(out, doubles({11, 22, 33, 13, 24, 37}, {2, 3}), 0);
  linear_forward(kX, {kLinear.weight, {}}, out);
  expect_near(out, doubles({1, 2, 3, 3, 4, 7}, {2, 3}), 0);
}

TEST(Linear, AddsToAResidualApartOrInPlace) {
  const at::Tensor base = doubles({1, 1, 1, 2, 2, 2}, {2, 3});
  const at::Tensor expected = doubles({12, 23, 34, 15, 26, 39}, {2, 3});
  const at::Tensor out = at::empty({2, 3}, at::kDouble);
  linear_add_forward(kX, kLinear, base, out);
  expect_near(out, expected, 0);
  linear_add_forward(kX, kLinear, base, base);
  expect_near(base, expected, 0);
}

TEST(Linear, BackwardGivesTheInputGradientAndAddsTheWeights) {
  const at::Tensor grad = doubles({1, 0, 2, 0, 1, 1}, {2, 3});
  const at::Tensor grad_x = at::empty({2, 2}, at::kDouble);
  linear_backward_input(grad, kLinear, grad_x);
  expect_near(grad_x, doubles({3, 2, 1, 2}, {2, 2}), 0);
  const Linear sums{at::ones({3, 2}, at::kDouble), at::ones({3}, at::kDouble)};
  linear_backward_weight(grad, kX, kLinear, sums);
  expect_near(sums.weight, doubles({2, 3, 4, 5, 6, 9}, {3, 2}), 0);
  expect_near(sums.bias, doubles({2, 2, 4}, {3}), 0);
  linear_backward_weight(grad, kX, kLinear, {});  // nothing asked for, nothing done
}

TEST(Linear, MatmulsStayFp32WithEitherBackend) {
  at::manual_seed(8);
  choose_fp32_matmul_backend();
  const at::Tensor x = at::randn({200, 130}), grad = at::randn({200, 150});
  const Linear linear{at::randn({150, 130}), {}};
  const at::Tensor out = at::empty({200, 150}), grad_x = at::empty({200, 130});
  const Linear sums{at::zeros({150, 130}), {}};
  linear_forward(x, linear, out);
  linear_backward_input(grad, linear, grad_x);
  linear_backward_weight(grad, x, linear, sums);
  const auto exact = [](const at::Tensor& t) { return t.to(at::kDouble); };
  expect_near(out, exact(x).mm(exact(linear.weight).t()), 1e-6);
  expect_near(grad_x, exact(grad).mm(exact(linear.weight)), 1e-6);
  expect_near(sums.weight, exact(grad).t().mm(exact(x)), 1e-6);
}

}  // namespace
}  // namespace laurel::linear_test
