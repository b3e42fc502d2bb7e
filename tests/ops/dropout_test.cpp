// Dropout: its rate and scale, masks that depend on nothing but their counters, and the gradients
// of what is dropped.
#include "ops/dropout.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gmock/gmock.h>

#include <numeric>

#include "ops/attention.h"
#include "ops/cpu/dropout.h"
#include "ops/linear.h"
#include "support/near.h"

namespace laurel::dropout_test {
namespace {

std::vector<uint64_t> hashes(int64_t rows) {
  std::vector<uint64_t> all(static_cast<size_t>(rows));
  for (size_t i = 0; i < all.size(); ++i) all[i] = mix64(i);
  return all;
}

// 1 / (1 - rate) or 0 for each element.
at::Tensor mask_of(const DropoutMask& mask, int64_t columns, uint64_t part = 0) {
  const auto rows = static_cast<int64_t>(mask.rows.size());
  const at::Tensor values = at::empty({rows, columns}, at::kDouble);
  auto out = values.accessor<double, 2>();
  for (int64_t r = 0; r < rows; ++r) {
    const RowDropout row = row_dropout(mask, r, part);
    for (int64_t c = 0; c < columns; ++c) {
      out[r][c] = dropout_bits(row, static_cast<uint32_t>(c)) < row.below ? 0 : row.scale;
    }
  }
  return values;
}

TEST(Dropout, DropsItsRateAndKeepsTheMean) {
  const std::vector<uint64_t> rows = hashes(2000);
  for (const double rate : {0.05, 0.1, 0.5, 0.9}) {
    const at::Tensor x = at::ones({2000, 500}, at::kDouble);
    drop(x, {.rate = rate, .place = 7, .rows = rows});
    const double dropped = x.eq(0).to(at::kDouble).mean().item<double>();
    const double deviation = std::sqrt(rate * (1 - rate) / x.numel());
    EXPECT_NEAR(dropped, rate, 4 * deviation) << rate;
    EXPECT_NEAR(x.mean().item<double>(), 1, 4 * deviation / (1 - rate)) << rate;
    EXPECT_TRUE((x.eq(0) | x.eq(1 / (1 - rate))).all().item<bool>());
    // Each column and each row, so that nothing is dropped always or never.
    EXPECT_LT((x.eq(0).to(at::kDouble).mean(0) - rate).abs().max().item<double>(), .07) << rate;
    EXPECT_LT((x.eq(0).to(at::kDouble).mean(1) - rate).abs().max().item<double>(), .12) << rate;
  }
}

// Neighbouring rows, columns, places and heads are independent: two masks agree as chance has it.
TEST(Dropout, MasksOfOtherRowsColumnsPlacesAndHeadsAreIndependent) {
  const std::vector<uint64_t> rows = hashes(1000);
  const at::Tensor here = mask_of({.rate = .5, .place = 7, .rows = rows}, 400).eq(0);
  const auto agree = [](const at::Tensor& a, const at::Tensor& b) {
    return a.eq(b).to(at::kDouble).mean().item<double>();
  };
  EXPECT_NEAR(agree(here.narrow(0, 0, 999), here.narrow(0, 1, 999)), .5, .005);
  EXPECT_NEAR(agree(here.narrow(1, 0, 399), here.narrow(1, 1, 399)), .5, .005);
  EXPECT_NEAR(agree(here, mask_of({.rate = .5, .place = 8, .rows = rows}, 400).eq(0)), .5, .005);
  EXPECT_NEAR(agree(here, mask_of({.rate = .5, .place = 7, .rows = rows}, 400, 1).eq(0)), .5, .005);
}

TEST(Dropout, IsTheSameForAnyTypeAnyThreadsAndRowsByThemselves) {
  const std::vector<uint64_t> rows = hashes(70);
  const DropoutMask mask{.rate = .3, .place = 3, .rows = rows};
  const at::Tensor expected = mask_of(mask, 129).ne(0);
  const int threads = at::get_num_threads();
  for (const int count : {1, 3}) {
    at::set_num_threads(count);
    for (const at::ScalarType type : {at::kFloat, at::kDouble, at::kBFloat16}) {
      const at::Tensor x = at::ones({70, 129}, type);
      drop(x, mask);
      EXPECT_TRUE(at::equal(x.ne(0), expected));
    }
  }
  at::set_num_threads(threads);
  const at::Tensor last = at::ones({1, 129}, at::kDouble);
  drop(last, {.rate = .3, .place = 3, .rows = std::span(rows).last(1)});
  EXPECT_TRUE(at::equal(last.ne(0), expected.narrow(0, 69, 1)));
}

TEST(Dropout, OfRateZeroIsNothing) {
  const at::Tensor x = at::randn({3, 5});
  const at::Tensor before = x.clone();
  drop(x, {});
  EXPECT_TRUE(at::equal(x, before));
}

// The masks are part of checkpoints' meaning: a run that goes on must drop the same.
TEST(Dropout, ItsBitsAreThese) {
  const std::vector<uint64_t> rows{0x0123456789ABCDEFu};
  const RowDropout row = row_dropout({.rate = .25, .place = 42, .rows = rows}, 0, 5);
  EXPECT_EQ(row.below, 1u << 30);
  EXPECT_DOUBLE_EQ(row.scale, 4.0 / 3);
  const auto reference = [](uint64_t hash, uint32_t column) {
    const auto finaliser = [](uint64_t x) {
      x = (x ^ x >> 16) * 0x85EBCA6Bu & 0xFFFFFFFFu;
      x = (x ^ x >> 13) * 0xC2B2AE35u & 0xFFFFFFFFu;
      return x ^ x >> 16;
    };
    const uint64_t begin = (column * 0x9E3779B9ull + (hash & 0xFFFFFFFFu)) & 0xFFFFFFFFu;
    return finaliser(finaliser(begin) ^ hash >> 32);
  };
  const uint64_t hash = mix64((42u ^ rows[0]) + 5);
  for (const uint32_t column : {0u, 1u, 77u, 4000000000u}) {
    EXPECT_EQ(dropout_bits(row, column), reference(hash, column)) << column;
  }
}

// Two rows that share a prefix of 3, heads in groups of two, a window: against autograd with masks
// by the positions of queries and keys.
TEST(Dropout, OfAttentionIsThatOfItsProbabilities) {
  for (const int64_t window : {0, 4}) {
    const std::vector<Span> spans{{0, 3, -1}, {3, 5, 0}, {8, 2, 0}};
    const std::vector<uint64_t> rows = hashes(10);
    const AttentionMask mask{
        .spans = spans, .window = window, .dropout = {.rate = .4, .place = 9, .rows = rows}};
    const auto leaf = [](int64_t heads) {
      return at::randn({10, heads, 6}, at::kDouble).requires_grad_();
    };
    const at::Tensor q = leaf(4), k = leaf(2), v = leaf(2);
    const at::Tensor grad = at::randn({10, 4, 6}, at::kDouble);
    at::Tensor expected = at::zeros({10, 4, 6}, at::kDouble);
    for (const Span& span : spans) {
      std::vector<int64_t> keys;  // of the prefix, then its own: key i is at position i
      if (span.prefix >= 0) keys = {0, 1, 2};
      const auto begin = static_cast<int64_t>(keys.size());
      for (int64_t i = 0; i < span.length; ++i) keys.push_back(span.begin + i);
      const at::Tensor index = at::tensor(keys, at::kLong);
      for (int64_t i = 0; i < span.length; ++i) {
        for (int64_t head = 0; head < 4; ++head) {
          const int64_t seen = begin + i + 1;
          const int64_t first = window > 0 ? std::max<int64_t>(0, seen - window) : 0;
          const at::Tensor places = index.narrow(0, first, seen - first);
          const at::Tensor scores =
              k.index_select(0, places).select(1, head / 2).matmul(q[span.begin + i][head]) /
              std::sqrt(6.0);
          const at::Tensor kept = mask_of(mask.dropout, 10, static_cast<uint64_t>(head))
                                      .select(0, span.begin + i)
                                      .narrow(0, first, seen - first);
          const at::Tensor mixed =
              (at::softmax(scores, 0) * kept).matmul(v.index_select(0, places).select(1, head / 2));
          expected = expected.index_put({at::tensor(span.begin + i), at::tensor(head)}, mixed);
        }
      }
    }
    (expected * grad).sum().backward();
    const at::Tensor out = at::empty({10, 4, 6}, at::kDouble);
    const at::Tensor logsumexp = at::empty({10, 4}, at::kDouble);
    const Qkv qkv{q.detach(), k.detach(), v.detach()};
    attention_forward(qkv, mask, {out, logsumexp});
    expect_near(out, expected, 1e-13);
    const Qkv gradient{at::empty_like(q), at::empty_like(k), at::empty_like(v)};
    const Qkv into{gradient.q.detach(), gradient.k.detach(), gradient.v.detach()};
    attention_backward(grad, qkv, mask, {out, logsumexp}, into);
    expect_near(into.q, q.grad(), 1e-12);
    expect_near(into.k, k.grad(), 1e-12);
    expect_near(into.v, v.grad(), 1e-12);
  }
}

// Two adapters of one weight, each with its own mask of the input.
TEST(Dropout, OfAdaptersIsThatOfEachOnesInput) {
  const int64_t tokens = 700;  // more than one block
  const std::vector<uint64_t> rows = hashes(tokens);
  const auto leaf = [](at::IntArrayRef shape) {
    return at::randn(shape, at::kDouble).requires_grad_();
  };
  const at::Tensor x = leaf({tokens, 12}), a = leaf({5, 12}), b0 = leaf({6, 3}), b1 = leaf({4, 2});
  const at::Tensor weight = at::randn({16, 12}, at::kDouble);
  const DropoutMask mask{.rate = .3, .place = 21, .rows = rows};
  const auto mask_at = [&](uint64_t first_row) {
    return mask_of({.rate = .3, .place = mix64(21 ^ first_row), .rows = rows}, 12);
  };
  const at::Tensor low0 = (x * mask_at(0)).mm(a.narrow(0, 0, 3).t());
  const at::Tensor low1 = (x * mask_at(8)).mm(a.narrow(0, 3, 2).t());
  const at::Tensor expected = x.mm(weight.t()) +
                              .5 * at::constant_pad_nd(low0.mm(b0.t()), {0, 10}) +
                              .5 * at::constant_pad_nd(low1.mm(b1.t()), {8, 4});
  const at::Tensor grad = at::randn({tokens, 16}, at::kDouble);
  (expected * grad).sum().backward();

  const Linear linear{
      weight,
      {},
      {.a = a.detach(), .parts = {{0, .5, b0.detach()}, {8, .5, b1.detach()}}, .dropout = mask}};
  const at::Tensor out = at::empty({tokens, 16}, at::kDouble), grad_x = at::empty_like(x).detach();
  linear_forward(x.detach(), linear, out);
  expect_near(out, expected, 1e-13);
  linear_backward_input(grad, linear, grad_x);
  expect_near(grad_x, x.grad(), 1e-13);
  const auto zeros = [](const at::Tensor& of) { return at::zeros_like(of).detach(); };
  const Linear sums{{}, {}, {.a = zeros(a), .parts = {{0, .5, zeros(b0)}, {8, .5, zeros(b1)}}}};
  linear_backward_weight(grad, x.detach(), linear, sums);
  expect_near(sums.adapters.a, a.grad(), 1e-13);
  expect_near(sums.adapters.parts[0].b, b0.grad(), 1e-13);
  expect_near(sums.adapters.parts[1].b, b1.grad(), 1e-13);
}

}  // namespace
}  // namespace laurel::dropout_test
