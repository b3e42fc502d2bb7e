// RMS norm of the kernels against its formula in fp64, over every layout of threads over rows.
#include <gmock/gmock.h>

#include "cuda/test_device.h"

namespace laurel::test::norm_test {
namespace {

constexpr double kEps = 1e-5;

at::Tensor inverse_of(const at::Tensor& x) { return (x.square().mean({-1}, true) + kEps).rsqrt(); }

struct Case {
  const char* what;
  int64_t rows, heads, width;  // heads 0: rows of hidden states
};

// Widths: parts of a warp (8, 16, 32 lanes), a block with one and with two vectors a thread, and
// widths that vectors do not fit.
const std::vector<Case> kCases = {
    {"a head of 64", 9, 3, 64},
    {"several blocks of heads", 70, 3, 64},
    {"a head of 80", 9, 2, 80},
    {"a head of 128", 7, 2, 128},
    {"a head of 256", 5, 2, 256},
    {"hidden states of 576", 37, 0, 576},
    {"hidden states of 2048", 9, 0, 2048},
    {"two vectors a thread", 6, 0, 5120},
    {"an odd width", 21, 0, 67},
    {"an odd head", 21, 2, 6},
    {"one row", 1, 0, 576},
};

// A view with gaps between rows, as heads in a fused projection have.
at::Tensor view_of(const Case& c, at::ScalarType type) {
  if (c.heads == 0) return random({c.rows, c.width}, type);
  return random({c.rows, c.heads + 3, c.width}, type).narrow(1, 1, c.heads);
}

const std::vector<at::ScalarType> kTypes = {at::kFloat, at::kBFloat16};

TEST(CudaRmsNorm, ForwardFollowsTheFormula) {
  for (const Case& c : kCases) {
    for (const at::ScalarType type : kTypes) {
      const double added = c.rows % 2;
      SCOPED_TRACE(c.what);
      const at::Tensor x = view_of(c, type);
      const at::Tensor weight = random({c.width}, type);
      const at::Tensor out = at::empty(x.sizes(), weight.options());
      const at::Tensor inverse =
          at::empty(x.sizes().slice(0, x.dim() - 1), x.options().dtype(at::kFloat));
      rms_norm_forward_cuda(x, weight, kEps, out, inverse,
                            added > 0 ? NormScale::one_plus_weight : NormScale::weight);
      const at::Tensor exact = to_cpu(x).to(at::kDouble);
      expect_on_device(inverse, inverse_of(exact).squeeze(-1), 1e-6);
      expect_on_device(out, exact * inverse_of(exact) * (added + to_cpu(weight).to(at::kDouble)),
                       tolerance(type));
    }
  }
}

struct Gradients {
  at::Tensor x, weight;
};

Gradients exact_gradients(const at::Tensor& grad, const at::Tensor& x, const at::Tensor& weight) {
  const at::Tensor g = to_cpu(grad).to(at::kDouble);
  const at::Tensor e = to_cpu(x).to(at::kDouble);
  const at::Tensor w = to_cpu(weight).to(at::kDouble);
  const at::Tensor n = inverse_of(e);
  const at::Tensor pull = (g * w * e).mean({-1}, true) * n.pow(3);
  return {g * w * n - e * pull, (g * e * n).flatten(0, -2).sum(0)};
}

TEST(CudaRmsNorm, BackwardAddsToTheStreamAndToTheWeightsGradient) {
  for (const Case& c : kCases) {
    for (const at::ScalarType type : kTypes) {
      SCOPED_TRACE(c.what);
      const at::Tensor x = view_of(c, type);
      const at::Tensor grad = random(x.sizes(), type);
      const at::Tensor weight = random({c.width}, type);
      const at::Tensor inverse =
          to_test_device(inverse_of(to_cpu(x).to(at::kDouble)).squeeze(-1)).to(at::kFloat);
      const at::Tensor grad_x = at::ones(x.sizes(), x.options());
      const at::Tensor grad_weight = at::ones({c.width}, x.options().dtype(at::kFloat));
      rms_norm_backward_cuda(grad, {x, inverse.contiguous()}, weight, grad_x, grad_weight,
                             WriteMode::add);
      const Gradients exact = exact_gradients(grad, x, weight);
      expect_on_device(grad_x, exact.x + 1, tolerance(type));
      expect_on_device(grad_weight, exact.weight + 1, 1e-5);
    }
  }
}

TEST(CudaRmsNorm, BackwardScalesByOneMoreThanTheWeightWhereAsked) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.what);
    const at::Tensor x = view_of(c, at::kFloat), grad = random(x.sizes(), at::kFloat);
    const at::Tensor weight = random({c.width}, at::kFloat);
    const at::Tensor inverse =
        to_test_device(inverse_of(to_cpu(x).to(at::kDouble)).squeeze(-1)).to(at::kFloat);
    const at::Tensor grad_x = at::empty(x.sizes(), x.options());
    const at::Tensor grad_weight = at::zeros({c.width}, x.options());
    rms_norm_backward_cuda(grad, {x, inverse.contiguous()}, weight, grad_x, grad_weight,
                           WriteMode::overwrite, NormScale::one_plus_weight);
    const Gradients exact = exact_gradients(grad, x, 1 + to_cpu(weight).to(at::kDouble));
    expect_on_device(grad_x, exact.x, 1e-5);
    expect_on_device(grad_weight, exact.weight, 1e-5);
  }
}

TEST(CudaRmsNorm, BackwardOverwritesInPlaceWithoutAWeightGradient) {
  const at::Tensor x = view_of({"heads", 7, 2, 128}, at::kBFloat16);
  at::Tensor grad = random(x.sizes(), at::kBFloat16);
  const at::Tensor weight = random({128}, at::kBFloat16);
  const Gradients exact = exact_gradients(grad, x, weight);
  const at::Tensor inverse =
      to_test_device(inverse_of(to_cpu(x).to(at::kDouble)).squeeze(-1)).to(at::kFloat);
  rms_norm_backward_cuda(grad, {x, inverse.contiguous()}, weight, grad, {}, WriteMode::overwrite);
  expect_on_device(grad, exact.x, tolerance(at::kBFloat16));
}

TEST(CudaRmsNorm, TheWeightsGradientIsTheSameToTheBitEachTime) {
  const at::Tensor x = random({300, 576}, at::kBFloat16);
  const at::Tensor grad = random({300, 576}, at::kBFloat16);
  const at::Tensor weight = random({576}, at::kBFloat16);
  const at::Tensor inverse = at::ones({300}, x.options().dtype(at::kFloat));
  const at::Tensor first = at::zeros({576}, inverse.options());
  const at::Tensor second = at::zeros({576}, inverse.options());
  const at::Tensor grad_x = at::empty_like(x);
  rms_norm_backward_cuda(grad, {x, inverse}, weight, grad_x, first, WriteMode::overwrite);
  rms_norm_backward_cuda(grad, {x, inverse}, weight, grad_x, second, WriteMode::overwrite);
  EXPECT_TRUE(at::equal(to_cpu(first), to_cpu(second)));
}

TEST(CudaRmsNorm, RowsTooWideAreRefused) {
  const at::Tensor x = random({1, 8200}, at::kFloat);
  const at::Tensor out = at::empty_like(x);
  EXPECT_THAT(
      [&] {
        rms_norm_forward_cuda(x, at::ones_like(x[0]), kEps, out, at::empty({1}, x.options()));
      },
      testing::ThrowsMessage<std::runtime_error>(testing::HasSubstr("rows are too wide")));
}

}  // namespace
}  // namespace laurel::test::norm_test
