// Products of converted blocks against fp64 on the same bf16 operands.
#include "ops/converted_linear.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ops/linear.h"

namespace laurel::converted_linear_test {
namespace {

at::Tensor random_bf16(at::IntArrayRef shape) { return at::randn(shape).to(at::kBFloat16); }
at::Tensor exact(const at::Tensor& x) { return x.to(at::kDouble); }

// Within half a step of bf16, and fp32 sums of `added`, the sum of the absolute products.
void expect_rounded(const at::Tensor& found, const at::Tensor& expected, const at::Tensor& added) {
  const at::Tensor bound = expected.abs() / 256 + added * 1e-5;
  EXPECT_TRUE(((exact(found) - expected).abs() <= bound).all().item<bool>());
}

// More rows than a block, and tokens and widths that are no multiples of anything.
constexpr int64_t kTokens = 37, kIn = 70, kOut = 1100;

TEST(ConvertedLinear, GivesEveryProductRoundedOnce) {
  at::manual_seed(11);
  const at::Tensor x = random_bf16({kTokens, kIn}), weight = random_bf16({kOut, kIn});
  const at::Tensor bias = random_bf16({kOut}), base = random_bf16({kTokens, kOut});
  const at::Tensor sum = exact(x).mm(exact(weight).t());
  const at::Tensor added = exact(x).abs().mm(exact(weight).abs().t());
  at::Tensor out = at::empty({kTokens, kOut}, at::kBFloat16);
  converted_forward(x, weight, {}, {}, out);
  expect_rounded(out, sum, added);
  converted_forward(x, weight, bias, base, out);
  expect_rounded(out, sum + exact(bias) + exact(base), added);
  const at::Tensor in_place = base.clone();
  converted_forward(x, weight, {}, in_place, in_place);
  expect_rounded(in_place, sum + exact(base), added);

  const at::Tensor grad = random_bf16({kTokens, kOut}), grad_x = at::empty_like(x);
  converted_backward_input(grad, weight, grad_x);
  expect_rounded(grad_x, exact(grad).mm(exact(weight)), exact(grad).abs().mm(exact(weight).abs()));
}

TEST(ConvertedLinear, AddsWeightGradientsInFp32) {
  at::manual_seed(12);
  const at::Tensor x = random_bf16({kTokens, kIn}), grad = random_bf16({kTokens, kOut});
  const at::Tensor sum = at::ones({kOut, kIn});
  converted_accumulate(grad, x, sum);
  const at::Tensor expected = exact(grad).t().mm(exact(x)) + 1;
  EXPECT_LT((exact(sum) - expected).abs().max().item<double>(), 1e-4);
}

TEST(ConvertedLinear, IsWhatLinearLayersUseOnceItIsChosen) {
  at::manual_seed(13);
  const at::Tensor x = random_bf16({5, 64}), weight = random_bf16({32, 64});
  at::Tensor converted = at::empty({5, 32}, at::kBFloat16), chosen = at::empty_like(converted);
  converted_forward(x, weight, {}, {}, converted);
  choose_bf16_matmul_backend(Bf16MatmulBackend::converted);
  linear_forward(x, {.weight = weight, .bias = {}}, chosen);
  choose_bf16_matmul_backend(Bf16MatmulBackend::native);
  EXPECT_TRUE(at::equal(converted, chosen));
}

}  // namespace
}  // namespace laurel::converted_linear_test
