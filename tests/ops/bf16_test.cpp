// Every operation in bf16 against fp64 on the same rounded inputs: only results may be rounded.
#include "ops/cpu/bf16.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ops/attention.h"
#include "ops/cpu/gemm.h"
#include "ops/cpu_features.h"
#include "ops/embedding.h"
#include "ops/gated.h"
#include "ops/linear.h"
#include "ops/norm.h"
#include "ops/rope.h"
#include "ops/types.h"
#include "support/near.h"

namespace laurel::bf16_test {
namespace {

// Half the distance of two neighbouring bf16, relative to the smaller, and room for fp32 sums.
constexpr double kRounding = 1.0 / 256;
constexpr double kArithmetic = 1e-5;

at::Tensor random_bf16(at::IntArrayRef shape) { return at::randn(shape).to(at::kBFloat16); }
at::Tensor exact(const at::Tensor& x) { return x.to(at::kDouble); }

// Every element within one rounding of the exact one.
void expect_rounded(const at::Tensor& x, const at::Tensor& expected) {
  ASSERT_EQ(x.scalar_type(), at::kBFloat16);
  const at::Tensor distance = (exact(x) - expected).abs();
  const at::Tensor bound =
      expected.abs() * kRounding + kArithmetic * expected.abs().max().item<double>();
  EXPECT_TRUE((distance <= bound).all().item<bool>()) << (distance / bound).max();
}

TEST(Bf16, RoundsToNearestAndTiesAwayFromZero) {
  const auto round = [](float x) { return load(rounded(x)); };
  const float step = 1.0f / 128;  // between 1 and 2
  EXPECT_EQ(round(1 + step), 1 + step);
  EXPECT_EQ(round(1 + 0.49f * step), 1);
  EXPECT_EQ(round(1 + 0.51f * step), 1 + step);
  EXPECT_EQ(round(1 + 0.5f * step), 1 + step);
  EXPECT_EQ(round(1 + 1.5f * step), 1 + 2 * step);
  EXPECT_EQ(round(-1 - 1.5f * step), -1 - 2 * step);
  EXPECT_EQ(round(std::numeric_limits<float>::max()), std::numeric_limits<float>::infinity());
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(round(nan)));
  EXPECT_TRUE(std::isnan(round(-nan)));
  EXPECT_TRUE(std::isnan(
      round(std::numeric_limits<float>::infinity() - std::numeric_limits<float>::infinity())));
  at::manual_seed(10);  // no ties, which torch rounds to even
  const at::Tensor x = at::randn({1000}) * 100;
  const at::Tensor torch = x.to(at::kBFloat16).to(at::kFloat);
  for (int64_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(round(x[i].item<float>()), torch[i].item<float>());
  }
}

TEST(Bf16, ComputesInFp32) {
  EXPECT_EQ(compute_type(at::kBFloat16), at::kFloat);
  EXPECT_EQ(compute_type(at::kFloat), at::kFloat);
  EXPECT_EQ(compute_type(at::kDouble), at::kDouble);
}

TEST(Bf16, FeaturesOfTheCpuAgreeWithEachOther) {
  const CpuFeatures features = cpu_features();
  EXPECT_EQ(has_fast_bf16(), features.amx_bf16 || features.avx512_bf16);
  if (has_bf16_pair_gemm()) {  // as GCC found
    EXPECT_TRUE(features.avx512 && features.avx512_bf16);
  }
}

TEST(Bf16, RmsNormRoundsOnlyItsResults) {
  at::manual_seed(11);
  const at::Tensor x = random_bf16({37, 83}), weight = random_bf16({83});
  const at::Tensor out = at::empty_like(x), inverse = at::empty({37});
  rms_norm_forward(x, weight, 1e-5, out, inverse);
  const at::Tensor leaf = exact(x).requires_grad_(), scale = exact(weight).requires_grad_();
  const at::Tensor expected = leaf / (leaf.square().mean({-1}, true) + 1e-5).sqrt() * scale;
  expect_rounded(out, expected.detach());

  const at::Tensor grad = random_bf16({37, 83}), base = random_bf16({37, 83});
  (expected * exact(grad)).sum().backward();
  const at::Tensor grad_x = base.clone(), grad_weight = at::ones({83});
  rms_norm_backward(grad, {x, inverse}, weight, grad_x, grad_weight, WriteMode::add);
  expect_rounded(grad_x, leaf.grad() + exact(base));
  expect_near(grad_weight, scale.grad() + 1, kArithmetic);
  rms_norm_backward(grad, {x, inverse}, weight, grad_x, {}, WriteMode::overwrite);
  expect_rounded(grad_x, leaf.grad());
}

TEST(Bf16, RopeRotatesByFp32Tables) {
  at::manual_seed(12);
  const at::Tensor x = random_bf16({40, 5, 16});
  const at::Tensor positions = at::randint(0, 40, {40}, at::kInt);
  const at::Tensor turned = x.clone(), expected = exact(x);
  rope(turned.narrow(1, 1, 3), positions, rope_table({.theta = 50}, 16, 40, at::kFloat),
       Rotate::forward);
  rope(expected.narrow(1, 1, 3), positions, rope_table({.theta = 50}, 16, 40, at::kDouble),
       Rotate::forward);
  expect_rounded(turned, expected);
}

TEST(Bf16, GatedSiluRoundsOnlyItsResults) {
  at::manual_seed(13);
  const at::Tensor gate_up = random_bf16({21, 134}) * 3, grad = random_bf16({21, 67});
  const at::Tensor leaf = exact(gate_up).requires_grad_();
  const at::Tensor expected = at::silu(leaf.narrow(1, 0, 67)) * leaf.narrow(1, 67, 67);
  (expected * exact(grad)).sum().backward();
  const at::Tensor out = at::empty_like(grad), grad_gate_up = at::empty_like(gate_up);
  gated_silu_forward(gate_up, out);
  expect_rounded(out, expected.detach());
  out.zero_();
  gated_silu_backward(grad, gate_up, out, grad_gate_up);
  expect_rounded(out, expected.detach());
  expect_rounded(grad_gate_up, leaf.grad());
}

TEST(Bf16, EmbeddingGradientsAddUpInFp32) {
  const at::Tensor weight = random_bf16({5, 7}), out = at::empty({3, 7}, at::kBFloat16);
  const at::Tensor ids = at::tensor({4, 1, 4}, at::kInt);
  embedding_forward(ids, weight, out);
  EXPECT_TRUE(at::equal(out, weight.index_select(0, ids)));
  // 1 + 1/1024 + 1/1024 is no bf16.
  const at::Tensor grad = at::full({3, 7}, 1.0 / 1024, at::kBFloat16);
  const at::Tensor sum = at::ones({5, 7});
  embedding_backward(grad, ids, sum);
  EXPECT_EQ(sum[4].min().item<double>(), 1 + 2.0 / 1024);
  EXPECT_EQ(sum[1].max().item<double>(), 1 + 1.0 / 1024);
  EXPECT_EQ(sum[0].max().item<double>(), 1);
}

// Spans of odd and even lengths, longer and shorter than a tile.
void expect_attention_rounded(int64_t head_dim) {
  const std::vector<Span> spans{{0, 40, -1},   {40, 30, 0}, {70, 25, 0},
                                {95, 133, -1}, {228, 1, 3}, {229, 18, 3}};
  const AttentionMask mask{spans, 0};
  const auto heads = [](const at::Tensor& x) {
    return Qkv{x.narrow(1, 0, 6), x.narrow(1, 6, 2), x.narrow(1, 8, 2)};
  };
  const at::Tensor packed = random_bf16({247, 10, head_dim}),
                   grad = random_bf16({247, 6, head_dim});
  const at::Tensor out = at::empty_like(grad), logsumexp = at::empty({247, 6});
  const at::Tensor expected = at::empty({247, 6, head_dim}, at::kDouble);
  const at::Tensor logsumexps = at::empty({247, 6}, at::kDouble);
  attention_forward(heads(packed), mask, {out, logsumexp});
  attention_forward(heads(exact(packed)), mask, {expected, logsumexps});
  // Probabilities may be rounded once more, for their product with the values.
  expect_near(out, expected, 2 * kRounding);
  expect_near(logsumexp, logsumexps, kArithmetic);

  const at::Tensor grads = at::empty_like(packed), exact_grads = at::empty_like(exact(packed));
  attention_backward(grad, heads(packed), mask, {{}, logsumexp}, heads(grads));
  attention_backward(exact(grad), heads(exact(packed)), mask, {{}, logsumexps}, heads(exact_grads));
  expect_near(grads, exact_grads, 2 * kRounding);
}

TEST(Bf16, AttentionRoundsOnlyItsResults) {
  at::manual_seed(14);
  expect_attention_rounded(16);
  expect_attention_rounded(80);
  expect_attention_rounded(15);  // no pairs of elements: products in fp32, as on older CPUs
}

TEST(Bf16, LinearRoundsOutputsOnceAndAddsWeightGradientsInFp32) {
  at::manual_seed(15);
  const at::Tensor x = random_bf16({150, 48}), grad = random_bf16({150, 72});
  const Linear linear{random_bf16({72, 48}), random_bf16({72})};
  const at::Tensor out = at::empty_like(grad), base = random_bf16({150, 72});
  const at::Tensor product = exact(x).mm(exact(linear.weight).t()) + exact(linear.bias);
  linear_forward(x, linear, out);
  expect_rounded(out, product);
  linear_add_forward(x, {linear.weight, {}}, base, out);
  expect_rounded(out, product - exact(linear.bias) + exact(base));
  const at::Tensor grad_x = at::empty_like(x);
  linear_backward_input(grad, linear, grad_x);
  expect_rounded(grad_x, exact(grad).mm(exact(linear.weight)));

  const Linear sums{at::full({72, 48}, 1e4), at::full({72}, 1e4)};
  linear_backward_weight(grad, x, linear, sums);
  linear_backward_weight(grad, x, linear, sums);
  // The product may be rounded to bf16, the sum is not: one bf16 step at 1e4 is 64.
  expect_near(sums.weight - 1e4, 2 * exact(grad).t().mm(exact(x)), kRounding);
  expect_near(sums.bias - 1e4, 2 * exact(grad).sum(0), 1e-4);
}

}  // namespace
}  // namespace laurel::bf16_test
