// Layer norm: a table worked by hand, its gradients against autograd, and LibTorch's kernels as CUDA
// calls them.
#include "ops/layer_norm.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ops/cuda/encoder_math.h"
#include "support/near.h"

namespace laurel::layer_norm_test {
namespace {

at::Tensor autograd_norm(const at::Tensor& x, const LayerNorm& norm, double eps) {
  const at::Tensor centred = x - x.mean({-1}, true);
  const at::Tensor scaled =
      centred / (centred.square().mean({-1}, true) + eps).sqrt() * norm.weight;
  return norm.bias.defined() ? scaled + norm.bias : scaled;
}

LayerNormStatistics statistics_for(const at::Tensor& x, at::ScalarType type) {
  return {at::empty({x.size(0)}, type), at::empty({x.size(0)}, type)};
}

TEST(LayerNorm, CentresDividesByTheDeviationScalesAndShifts) {
  const at::Tensor x = doubles({1, 3, 1, 3, 4, 4, 4, 4}, {2, 4});  // deviations 1 and 0
  const LayerNormStatistics statistics = statistics_for(x, at::kDouble);
  const at::Tensor out = at::empty_like(x);
  const at::Tensor weight = doubles({1, 2, 3, 4}, {4}), bias = doubles({10, 20, 30, 40}, {4});
  layer_norm_forward(x, {weight, bias}, 3, out, statistics);
  expect_near(out, doubles({9.5, 21, 28.5, 42, 10, 20, 30, 40}, {2, 4}), 1e-15);
  expect_near(statistics.mean, doubles({2, 4}, {2}), 0);
  expect_near(statistics.inverse, doubles({0.5, 1 / std::sqrt(3.0)}, {2}), 1e-15);
  layer_norm_forward(x, {weight, {}}, 3, out, statistics);
  expect_near(out, doubles({-0.5, 1, -1.5, 2, 0, 0, 0, 0}, {2, 4}), 1e-15);
}

// x, what autograd makes of it and of a random gradient, with a bias or without.
struct Case {
  explicit Case(bool has_bias) {
    at::manual_seed(has_bias ? 1 : 2);
    x = (at::randn({50, 13}, at::kDouble) + 2).requires_grad_();
    norm.weight = at::randn({13}, at::kDouble).requires_grad_();
    if (has_bias) norm.bias = at::randn({13}, at::kDouble).requires_grad_();
    grad = at::randn({50, 13}, at::kDouble);
    expected = autograd_norm(x, norm, 1e-3);
    (expected * grad).sum().backward();
    plain = {norm.weight.detach(), has_bias ? norm.bias.detach() : at::Tensor()};
  }
  at::Tensor x, grad, expected;
  LayerNorm norm, plain;
};

LayerNorm ones_like(const LayerNorm& norm, at::ScalarType type = at::kDouble) {
  return {at::ones({13}, type), norm.bias.defined() ? at::ones({13}, type) : at::Tensor()};
}

TEST(LayerNorm, GradientsAgreeWithAutogradWithABiasAndWithout) {
  for (const bool has_bias : {true, false}) {
    const Case of(has_bias);
    const at::Tensor x = of.x.detach(), out = at::empty_like(x);
    const LayerNormStatistics statistics = statistics_for(x, at::kDouble);
    layer_norm_forward(x, of.plain, 1e-3, out, statistics);
    expect_near(out, of.expected, 1e-13);
    const at::Tensor grad_x = at::ones_like(out);
    const LayerNorm gradient = ones_like(of.plain);
    layer_norm_backward(of.grad, x, statistics, of.plain.weight, grad_x, gradient, WriteMode::add);
    expect_near(grad_x - 1, of.x.grad(), 1e-12);
    expect_near(gradient.weight - 1, of.norm.weight.grad(), 1e-12);
    if (has_bias) expect_near(gradient.bias - 1, of.norm.bias.grad(), 1e-12);
    const at::Tensor in_place = of.grad.clone();
    layer_norm_backward(in_place, x, statistics, of.plain.weight, in_place, {},
                        WriteMode::overwrite);
    expect_near(in_place, of.x.grad(), 1e-12);
  }
}

TEST(LayerNorm, LibTorchsKernelsAsCudaCallsThemAgree) {
  for (const bool has_bias : {true, false}) {
    const Case of(has_bias);
    const at::Tensor x = of.x.detach(), out = at::empty_like(x);
    const LayerNormStatistics statistics = statistics_for(x, at::kDouble);
    layer_norm_forward_math(x, of.plain, 1e-3, out, statistics);
    expect_near(out, of.expected, 1e-13);
    const at::Tensor grad_x = at::ones_like(out);
    const LayerNorm gradient = ones_like(of.plain);
    layer_norm_backward_math(of.grad, x, statistics, of.plain.weight, grad_x, gradient,
                             WriteMode::add);
    expect_near(grad_x - 1, of.x.grad(), 1e-12);
    expect_near(gradient.weight - 1, of.norm.weight.grad(), 1e-12);
    if (has_bias) expect_near(gradient.bias - 1, of.norm.bias.grad(), 1e-12);
    const at::Tensor in_place = of.grad.clone();
    layer_norm_backward_math(in_place, x, statistics, of.plain.weight, in_place, {},
                             WriteMode::overwrite);
    expect_near(in_place, of.x.grad(), 1e-12);
  }
}

TEST(LayerNorm, InBf16RoundsOnlyWhatItWrites) {
  const Case of(true);
  const at::Tensor x = of.x.detach().to(at::kBFloat16), out = at::empty_like(x);
  const LayerNorm narrow{of.plain.weight.to(at::kBFloat16), of.plain.bias.to(at::kBFloat16)};
  const LayerNormStatistics statistics = statistics_for(x, at::kFloat);
  layer_norm_forward(x, narrow, 1e-3, out, statistics);
  const LayerNorm wide{narrow.weight.to(at::kDouble).requires_grad_(),
                       narrow.bias.to(at::kDouble).requires_grad_()};
  const at::Tensor exact_x = x.to(at::kDouble).requires_grad_();
  const at::Tensor expected = autograd_norm(exact_x, wide, 1e-3);
  expect_near(out, expected, 4e-3);
  const at::Tensor grad = of.grad.to(at::kBFloat16), grad_x = at::empty_like(grad);
  (expected * grad.to(at::kDouble)).sum().backward();
  const LayerNorm gradient = ones_like(of.plain, at::kFloat);
  layer_norm_backward(grad, x, statistics, narrow.weight, grad_x, gradient, WriteMode::overwrite);
  expect_near(grad_x, exact_x.grad(), 4e-3);
  expect_near(gradient.weight - 1, wide.weight.grad(), 1e-5);
  expect_near(gradient.bias - 1, wide.bias.grad(), 1e-5);
}

TEST(LayerNorm, NotANumberStaysInItsRow) {
  at::Tensor x = at::ones({2, 3});
  x[0][1] = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor out = at::empty_like(x);
  layer_norm_forward(x, {at::ones({3}), {}}, 1e-6, out, statistics_for(x, at::kFloat));
  EXPECT_TRUE(out[0].isnan().all().item<bool>());
  EXPECT_FALSE(out[1].isnan().any().item<bool>());
}

}  // namespace
}  // namespace laurel::layer_norm_test
