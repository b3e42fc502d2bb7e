// Attention over spans with prefixes, windows, soft caps and scales, causal or not, against dense
// masks and autograd.
#include "ops/attention.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>

#include "ops/types.h"
#include "support/near.h"

namespace laurel::attention_test {
namespace {

// (T, T): whether query token i sees key token j, straight from the definition.
at::Tensor dense_mask(const AttentionMask& visible, int64_t tokens) {
  at::Tensor mask = at::zeros({tokens, tokens}, at::kBool);
  for (const Span& span : visible.spans) {
    std::vector<int64_t> keys;
    if (span.prefix >= 0) {
      const Span& prefix = visible.spans[span.prefix];
      for (int32_t i = 0; i < prefix.length; ++i) keys.push_back(prefix.begin + i);
    }
    for (int32_t i = 0; i < span.length; ++i) {
      keys.push_back(span.begin + i);
    }
    const auto all = static_cast<int64_t>(keys.size());
    for (int32_t i = 0; i < span.length; ++i) {
      const int64_t position = all - span.length + i;
      for (int64_t j = 0; j < (visible.causal ? position + 1 : all); ++j) {
        if (visible.window == 0 || std::abs(position - j) < visible.window) {
          mask[span.begin + i][keys[j]] = true;
        }
      }
    }
  }
  return mask;
}

at::Tensor dense_attention(const Qkv& qkv, const AttentionMask& visible) {
  const at::Tensor mask = dense_mask(visible, qkv.q.size(0));
  const int64_t repeats = qkv.q.size(1) / qkv.k.size(1);
  const at::Tensor q = qkv.q.transpose(0, 1);
  const at::Tensor k = qkv.k.repeat_interleave(repeats, 1).transpose(0, 1);
  const at::Tensor v = qkv.v.repeat_interleave(repeats, 1).transpose(0, 1);
  const double scale =
      visible.scale > 0 ? visible.scale : 1 / std::sqrt(static_cast<double>(q.size(2)));
  at::Tensor scores = at::matmul(q, k.transpose(1, 2)) * scale;
  if (visible.soft_cap > 0) scores = visible.soft_cap * at::tanh(scores / visible.soft_cap);
  const double minus_infinity = -std::numeric_limits<double>::infinity();
  return at::matmul(at::softmax(scores.masked_fill(~mask, minus_infinity), -1), v).transpose(0, 1);
}

Qkv qkv_of(const at::Tensor& packed, int64_t heads, int64_t kv_heads) {
  return {packed.narrow(1, 0, heads), packed.narrow(1, heads, kv_heads),
          packed.narrow(1, heads + kv_heads, kv_heads)};
}

// Forward and backward of the spans against the dense twin.
void expect_as_dense(const AttentionMask& visible, at::ScalarType type, double tolerance) {
  constexpr int64_t kHeads = 6, kKvHeads = 2, kHeadDim = 8;
  int64_t tokens = 0;
  for (const Span& span : visible.spans) tokens += span.length;
  const at::Tensor packed = at::randn({tokens, kHeads + 2 * kKvHeads, kHeadDim}, type);
  const at::Tensor leaf = packed.to(at::kDouble).requires_grad_();
  const at::Tensor grad = at::randn({tokens, kHeads, kHeadDim}, type);
  const at::Tensor expected = dense_attention(qkv_of(leaf, kHeads, kKvHeads), visible);
  (expected * grad).sum().backward();

  const at::Tensor out = at::full({tokens, kHeads, kHeadDim}, NAN, type);
  const at::Tensor logsumexp = at::full({tokens, kHeads}, NAN, compute_type(type));
  attention_forward(qkv_of(packed, kHeads, kKvHeads), visible, {out, logsumexp});
  expect_near(out, expected, tolerance);
  const at::Tensor grad_packed = at::full_like(packed, NAN);
  attention_backward(grad, qkv_of(packed, kHeads, kKvHeads), visible, {{}, logsumexp},
                     qkv_of(grad_packed, kHeads, kKvHeads));
  expect_near(grad_packed, leaf.grad(), tolerance);
}

const std::vector<Span> kSpans{{0, 9, -1}, {9, 4, 0}, {13, 1, -1}, {14, 7, 0}, {21, 12, -1}};

TEST(Attention, AveragesTheValuesThatAQuerySees) {
  // Equal scores: token i of a span averages the values up to itself.
  const at::Tensor zeros = at::zeros({4, 1, 2}, at::kDouble);
  const at::Tensor v = doubles({1, 2, 3, 4, 5, 6, 7, 8}, {4, 1, 2});
  const std::vector<Span> spans{{0, 2, -1}, {2, 2, 0}};
  const at::Tensor out = at::empty({4, 1, 2}, at::kDouble);
  const at::Tensor logsumexp = at::empty({4, 1}, at::kDouble);
  attention_forward({zeros, zeros, v}, {spans, 0}, {out, logsumexp});
  expect_near(out, doubles({1, 2, 2, 3, 3, 4, 4, 5}, {4, 1, 2}), 1e-15);
  expect_near(logsumexp.exp(), doubles({1, 2, 3, 4}, {4, 1}), 1e-15);
  attention_forward({zeros, zeros, v}, {spans, 2}, {out, logsumexp});
  expect_near(out, doubles({1, 2, 2, 3, 4, 5, 6, 7}, {4, 1, 2}), 1e-15);
}

TEST(Attention, AgreesWithADenseMaskForwardAndBackward) {
  at::manual_seed(4);
  for (const int64_t window : {0, 1, 3, 10, 100}) {
    SCOPED_TRACE(window);
    expect_as_dense({kSpans, window}, at::kDouble, 1e-12);
    expect_as_dense({kSpans, window}, at::kFloat, 2e-6);
  }
}

TEST(Attention, AgreesWithADenseMaskWhereSpansAreLongerThanATile) {
  at::manual_seed(5);
  const std::vector<Span> spans{{0, 150, -1}, {150, 130, 0}, {280, 131, -1}, {411, 5, 0}};
  for (const int64_t window : {0, 20, 140}) {
    SCOPED_TRACE(window);
    expect_as_dense({spans, window}, at::kDouble, 1e-12);
    expect_as_dense({.spans = spans, .window = window, .soft_cap = 1}, at::kDouble, 1e-12);
    expect_as_dense({.spans = spans, .window = window, .causal = false}, at::kDouble, 1e-12);
  }
}

TEST(Attention, SeesTheWholeSpanWhereItIsNotCausal) {
  // Equal scores: a token averages the values of its prefix and its span, or those near it.
  const at::Tensor zeros = at::zeros({5, 1, 1}, at::kDouble);
  const at::Tensor v = doubles({1, 2, 6, 7, 8}, {5, 1, 1});
  const std::vector<Span> spans{{0, 2, -1}, {2, 3, 0}};
  const at::Tensor out = at::empty({5, 1, 1}, at::kDouble);
  const at::Tensor logsumexp = at::empty({5, 1}, at::kDouble);
  attention_forward({zeros, zeros, v}, {.spans = spans, .causal = false}, {out, logsumexp});
  expect_near(out, doubles({1.5, 1.5, 4.8, 4.8, 4.8}, {5, 1, 1}), 1e-15);
  expect_near(logsumexp.exp(), doubles({2, 2, 5, 5, 5}, {5, 1}), 1e-15);
  // A window of 2: the neighbours on both sides.
  attention_forward({zeros, zeros, v}, {.spans = spans, .window = 2, .causal = false},
                    {out, logsumexp});
  expect_near(out, doubles({1.5, 1.5, 5, 7, 7.5}, {5, 1, 1}), 1e-15);
}

TEST(Attention, CapsScaledScoresBeforeTheSoftmax) {
  // The second query's scores are .5 * 4 = 2 and 0, capped by 1: tanh(2) and 0.
  const at::Tensor q = doubles({1, 4}, {2, 1, 1}), k = doubles({1, 0}, {2, 1, 1});
  const at::Tensor v = doubles({1, 0}, {2, 1, 1});
  const std::vector<Span> spans{{0, 2, -1}};
  const AttentionMask mask{.spans = spans, .soft_cap = 1, .scale = .5};
  const at::Tensor out = at::empty({2, 1, 1}, at::kDouble);
  const at::Tensor logsumexp = at::empty({2, 1}, at::kDouble);
  attention_forward({q, k, v}, mask, {out, logsumexp});
  const double top = std::exp(std::tanh(2.0));
  expect_near(out, doubles({1, top / (top + 1)}, {2, 1, 1}), 1e-15);
  expect_near(logsumexp, doubles({std::tanh(.5), std::log(top + 1)}, {2, 1}), 1e-15);
}

TEST(Attention, AgreesWithADenseMaskUnderEveryMask) {
  at::manual_seed(8);
  for (const bool causal : {true, false}) {
    for (const int64_t window : {0, 1, 3, 10}) {
      for (const double soft_cap : {0.0, 1.5}) {
        SCOPED_TRACE(testing::Message() << causal << window << ' ' << soft_cap);
        const AttentionMask mask{kSpans, window, nullptr, causal, soft_cap, .7};
        expect_as_dense(mask, at::kDouble, 1e-12);
        expect_as_dense(mask, at::kFloat, 3e-6);
        expect_as_dense(mask, at::kBFloat16, 6e-3);
      }
    }
  }
}

TEST(Attention, ASoftCapLeavesSmallScoresAndBoundsLargeOnes) {
  at::manual_seed(9);
  const std::vector<Span> spans{{0, 40, -1}};
  const auto logsumexp_of = [&](const at::Tensor& x, double soft_cap) {
    const AttentionOutput output{at::empty({40, 1, 8}), at::empty({40, 1})};
    attention_forward(qkv_of(x, 1, 1), {.spans = spans, .soft_cap = soft_cap}, output);
    return output.logsumexp;
  };
  const at::Tensor small = at::randn({40, 3, 8}) * .1;
  expect_near(logsumexp_of(small, 1e4), logsumexp_of(small, 0), 1e-6);
  const at::Tensor large = logsumexp_of(at::randn({40, 3, 8}) * 1e4, 3);
  EXPECT_LE(large.abs().max().item<double>(), 3 + std::log(40.0) + 1e-5);
}

TEST(Attention, LargeScoresStayFinite) {
  const at::Tensor q = at::full({3, 1, 2}, 1e3);
  const at::Tensor k = doubles({1e3, 1e3, -1e3, -1e3, 1e3, 1e3}, {3, 1, 2}).to(at::kFloat);
  const at::Tensor v = doubles({1, 1, 2, 2, 3, 3}, {3, 1, 2}).to(at::kFloat);
  const std::vector<Span> spans{{0, 3, -1}};
  const at::Tensor out = at::empty({3, 1, 2});
  attention_forward({q, k, v}, {spans, 0}, {out, at::empty({3, 1})});
  expect_near(out, doubles({1, 1, 1, 1, 2, 2}, {3, 1, 2}), 1e-6);
}

TEST(Attention, NotANumberReachesTheQueriesThatSeeItOnly) {
  at::manual_seed(6);
  const at::Tensor packed = at::randn({33, 3, 8});
  packed[9].fill_(NAN);  // first token of the span that continues the first
  const at::Tensor out = at::empty({33, 1, 8});
  attention_forward(qkv_of(packed, 1, 1), {kSpans, 0}, {out, at::empty({33, 1})});
  const at::Tensor bad = out.isnan().flatten(1).all(1);
  EXPECT_TRUE(bad.narrow(0, 9, 4).all().item<bool>());
  EXPECT_EQ(bad.sum().item<int64_t>(), 4);
  EXPECT_EQ(out.isnan().sum().item<int64_t>(), 4 * 8);
}

}  // namespace
}  // namespace laurel::attention_test
