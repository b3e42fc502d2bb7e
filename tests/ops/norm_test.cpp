// RMS norm: a table worked by hand, and its gradients against autograd.
#include "ops/norm.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "support/near.h"

namespace laurel::norm_test {
namespace {

at::Tensor autograd_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  return x / (x.square().mean({-1}, true) + eps).sqrt() * weight;
}

TEST(RmsNorm, DividesByTheRootOfTheMeanSquareAndScales) {
  const at::Tensor x = doubles({3, 4, 0, 0, 1, 1, 1, 1}, {2, 4});  // rms 2.5 and 1
  const at::Tensor out = at::empty_like(x);
  const at::Tensor inverse = at::empty({2}, at::kDouble);
  rms_norm_forward(x, doubles({1, 2, 3, 4}, {4}), 0, out, inverse);
  expect_near(out, doubles({1.2, 3.2, 0, 0, 1, 2, 3, 4}, {2, 4}), 1e-15);
  expect_near(inverse, doubles({0.4, 1}, {2}), 1e-15);
}

TEST(RmsNorm, ScalesByOneMoreThanItsWeightWhereAsked) {
  const at::Tensor x = doubles({3, 4, 0, 0}, {1, 4});  // rms 2.5
  const at::Tensor out = at::empty_like(x), inverse = at::empty({1}, at::kDouble);
  rms_norm_forward(x, doubles({1, -1, 3, 4}, {4}), 0, out, inverse, NormScale::one_plus_weight);
  expect_near(out, doubles({2.4, 0, 0, 0}, {1, 4}), 1e-15);
  // In bf16 the sum is not rounded, only the result: 1.5 (1 + 2^-7 / 2) = 1.5 + 0.75 / 2^7, nearer to
  // 1.5 + 2^-7 than to 1.5; 1 + 2^-8 alone would round to 1.
  const at::Tensor row = doubles({1.5, -1.5, .5, .5, 0}, {1, 5}).to(at::kBFloat16);  // rms 1
  const at::Tensor weight = at::full({5}, 1.0 / 256, at::kBFloat16);
  const at::Tensor result = at::empty_like(row);
  rms_norm_forward(row, weight, 0, result, at::empty({1}), NormScale::one_plus_weight);
  EXPECT_EQ(result[0][0].item<double>(), 1.5 + 1.0 / 128);
}

TEST(RmsNorm, AddsEpsUnderTheRootSoThatZerosStayZero) {
  const at::Tensor x = at::zeros({1, 4});
  const at::Tensor out = at::empty_like(x);
  rms_norm_forward(x, at::ones({4}), 0.25, out, at::empty({1}));
  EXPECT_EQ(out.abs().max().item<float>(), 0);
  const at::Tensor one = at::ones({1, 4});
  rms_norm_forward(one, at::ones({4}), 3, out, at::empty({1}));
  expect_near(out, at::full({1, 4}, 0.5), 1e-7);
}

void expect_gradients(NormScale scale) {
  at::manual_seed(1);
  const at::Tensor packed = at::randn({50, 7, 6}, at::kDouble);
  for (const at::Tensor& view : {packed.narrow(1, 2, 3), packed.flatten(0, 1)}) {
    const at::Tensor x = view.detach().clone().requires_grad_();
    const at::Tensor weight = at::randn({6}, at::kDouble).requires_grad_();
    const at::Tensor grad = at::randn(view.sizes(), at::kDouble);
    const bool one_plus = scale == NormScale::one_plus_weight;
    const at::Tensor expected = autograd_norm(x, one_plus ? 1 + weight : weight, 1e-3);
    (expected * grad).sum().backward();

    const at::Tensor out = at::empty(view.sizes(), at::kDouble);
    const at::Tensor inverse = at::empty(view.sizes().slice(0, view.dim() - 1), at::kDouble);
    rms_norm_forward(view, weight.detach(), 1e-3, out, inverse, scale);
    expect_near(out, expected, 1e-13);
    const at::Tensor grad_x = at::ones_like(out);
    const at::Tensor grad_weight = at::ones({6}, at::kDouble);
    rms_norm_backward(grad, {view, inverse}, weight.detach(), grad_x, grad_weight, WriteMode::add,
                      scale);
    expect_near(grad_x - 1, x.grad(), 1e-12);
    expect_near(grad_weight - 1, weight.grad(), 1e-12);
    at::Tensor in_place = grad.clone();
    rms_norm_backward(in_place, {view, inverse}, weight.detach(), in_place, {},
                      WriteMode::overwrite, scale);
    expect_near(in_place, x.grad(), 1e-12);
  }
}

TEST(RmsNorm, GradientsAgreeWithAutogradForRowsAndForHeadsWithStrides) {
  expect_gradients(NormScale::weight);
  expect_gradients(NormScale::one_plus_weight);
}

TEST(RmsNorm, NotANumberStaysInItsRow) {
  at::Tensor x = at::ones({2, 3});
  x[0][1] = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor out = at::empty_like(x);
  rms_norm_forward(x, at::ones({3}), 1e-6, out, at::empty({2}));
  EXPECT_TRUE(out[0].isnan().all().item<bool>());
  EXPECT_FALSE(out[1].isnan().any().item<bool>());
}

}  // namespace
}  // namespace laurel::norm_test
