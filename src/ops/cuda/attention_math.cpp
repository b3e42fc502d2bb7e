// Per span and tile of n queries, with the m keys that they may see and H query heads: s = scale q
// k^T, capped, where mask, p = softmax(s), out = p v; and back: dv = p^T g, ds = p (g v^T - rowsum(p
// g v^T)), times scale (1 - (s / cap)^2).
#include "ops/cuda/attention_math.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <limits>

#include "ops/types.h"

namespace laurel {

namespace {

struct SpanWithPrefix {
  Span span, prefix;  // prefix of length 0: none
};

SpanWithPrefix with_prefix(const AttentionMask& mask, const Span& span) {
  return {span, span.prefix < 0 ? Span{0, 0, -1} : mask.spans[span.prefix]};
}

// x (T, heads, K) -> the span's (or its prefix's) part as (heads, tokens, K) in the compute type.
at::Tensor part(const at::Tensor& x, const Span& span) {
  return x.narrow(0, span.begin, span.length).transpose(0, 1).to(compute_type(x.scalar_type()));
}

// Keys or values of the span and its prefix, (H, keys, K): each for the heads that share it.
at::Tensor keys(const at::Tensor& x, const SpanWithPrefix& pair, int64_t group) {
  return at::cat({part(x, pair.prefix), part(x, pair.span)}, 1).repeat_interleave(group, 0);
}

// Queries [begin, begin + count) of a span and the keys [first_key, first_key + keys) that any of
// them sees, prefix first; the query `begin` is at position `position`.
struct QueryTile {
  int64_t begin, count, position, first_key, keys;
};

// Calls work(tile) for all tiles of the span.
template <class Work>
void for_query_tiles(const AttentionMask& mask, const SpanWithPrefix& pair, const Work& work) {
  const int64_t all = pair.prefix.length + pair.span.length;
  for (int64_t begin = 0; begin < pair.span.length; begin += kAttentionMathQueries) {
    const int64_t count = std::min<int64_t>(kAttentionMathQueries, pair.span.length - begin);
    const int64_t position = pair.prefix.length + begin;
    const int64_t last = position + count - 1;
    const int64_t first = mask.window > 0 ? std::max<int64_t>(0, position + 1 - mask.window) : 0;
    int64_t end = all;
    if (mask.causal) end = last + 1;
    if (!mask.causal && mask.window > 0) end = std::min(all, last + mask.window);
    work(QueryTile{begin, count, position, first, end - first});
  }
}

// (n, m): which keys a query does not see.
at::Tensor hidden_keys(const AttentionMask& mask, const QueryTile& tile, at::Device device) {
  const auto type = at::TensorOptions().dtype(at::kLong).device(device);
  const at::Tensor query = at::arange(tile.position, tile.position + tile.count, type);
  const at::Tensor key = at::arange(tile.first_key, tile.first_key + tile.keys, type);
  const at::Tensor distance = query.unsqueeze(1) - key;
  if (mask.causal) {
    const at::Tensor ahead = distance < 0;
    return mask.window > 0 ? ahead.logical_or(distance >= mask.window) : ahead;
  }
  const int64_t window = mask.window > 0 ? mask.window : std::numeric_limits<int64_t>::max();
  return distance.abs() >= window;
}

// Scaled and capped scores (H, n, m) of q (H, n, K) and k (H, m, K).
at::Tensor capped_scores(const AttentionMask& mask, const at::Tensor& q, const at::Tensor& k) {
  const at::Tensor s = at::matmul(q, k.transpose(1, 2)).mul_(attention_scale(mask, q.size(2)));
  if (mask.soft_cap > 0) s.div_(mask.soft_cap).tanh_().mul_(mask.soft_cap);
  return s;
}

at::Tensor masked(const at::Tensor& scores, const at::Tensor& hidden) {
  return scores.masked_fill(hidden, -std::numeric_limits<double>::infinity());
}

// Adds (H, keys, K), gradients of the keys that the span's queries saw, to sum (T, G, K).
void add_keys(const at::Tensor& gradient, const SpanWithPrefix& pair, const at::Tensor& sum) {
  const int64_t group = gradient.size(0) / sum.size(1);
  const at::Tensor by_key =
      gradient.unflatten(0, {sum.size(1), group}).sum(1).transpose(0, 1);  // (keys, G, K)
  sum.narrow(0, pair.prefix.begin, pair.prefix.length)
      .add_(by_key.narrow(0, 0, pair.prefix.length));
  sum.narrow(0, pair.span.begin, pair.span.length)
      .add_(by_key.narrow(0, pair.prefix.length, pair.span.length));
}

// The tokens of the tile in a tensor (T, ...).
at::Tensor tokens(const at::Tensor& x, const SpanWithPrefix& pair, const QueryTile& tile) {
  return x.narrow(0, pair.span.begin + tile.begin, tile.count);
}

struct SpanGradients {
  at::Tensor k, v;  // (H, keys, K)
};

void tile_backward(const at::Tensor& grad, const AttentionMask& mask, const SpanWithPrefix& pair,
                   const QueryTile& tile, const Qkv& heads, const at::Tensor& logsumexp,
                   const at::Tensor& grad_q, const SpanGradients& sums) {
  const at::Tensor q = heads.q.narrow(1, tile.begin, tile.count);
  const at::Tensor k = heads.k.narrow(1, tile.first_key, tile.keys);
  const at::Tensor v = heads.v.narrow(1, tile.first_key, tile.keys);
  const at::Tensor s = capped_scores(mask, q, k);
  const at::Tensor denominators = tokens(logsumexp, pair, tile).t().unsqueeze(2);
  const at::Tensor p = (masked(s, hidden_keys(mask, tile, q.device())) - denominators).exp_();
  const at::Tensor g = tokens(grad, pair, tile).transpose(0, 1).to(q.scalar_type());
  const at::Tensor dp = at::matmul(g, v.transpose(1, 2));
  at::Tensor ds = p * (dp - (p * dp).sum({2}, true)) * attention_scale(mask, q.size(2));
  if (mask.soft_cap > 0) ds = ds * (1 - (s / mask.soft_cap).square());
  tokens(grad_q, pair, tile).copy_(at::matmul(ds, k).transpose(0, 1));
  sums.k.narrow(1, tile.first_key, tile.keys).add_(at::matmul(ds.transpose(1, 2), q));
  sums.v.narrow(1, tile.first_key, tile.keys).add_(at::matmul(p.transpose(1, 2), g));
}

}  // namespace

void attention_math_forward(const Qkv& qkv, const AttentionMask& mask,
                            const AttentionOutput& output) {
  const int64_t group = qkv.q.size(1) / qkv.k.size(1);
  for (const Span& span : mask.spans) {
    const SpanWithPrefix pair = with_prefix(mask, span);
    const at::Tensor q = part(qkv.q, span);
    const at::Tensor k = keys(qkv.k, pair, group), v = keys(qkv.v, pair, group);
    for_query_tiles(mask, pair, [&](const QueryTile& tile) {
      const at::Tensor s = masked(capped_scores(mask, q.narrow(1, tile.begin, tile.count),
                                                k.narrow(1, tile.first_key, tile.keys)),
                                  hidden_keys(mask, tile, q.device()));
      const at::Tensor logsumexp = at::logsumexp(s, {2});  // (H, n)
      const at::Tensor p = (s - logsumexp.unsqueeze(2)).exp_();
      const at::Tensor out = at::matmul(p, v.narrow(1, tile.first_key, tile.keys));
      tokens(output.out, pair, tile).copy_(out.transpose(0, 1));
      tokens(output.logsumexp, pair, tile).copy_(logsumexp.t());
    });
  }
}

void attention_math_backward(const at::Tensor& grad, const Qkv& qkv, const AttentionMask& mask,
                             const at::Tensor& logsumexp, const Qkv& grad_qkv) {
  const int64_t group = qkv.q.size(1) / qkv.k.size(1);
  const auto type = compute_type(qkv.k.scalar_type());
  const at::Tensor grad_k = at::zeros_like(qkv.k, qkv.k.options().dtype(type));
  const at::Tensor grad_v = at::zeros_like(qkv.v, qkv.v.options().dtype(type));
  for (const Span& span : mask.spans) {
    const SpanWithPrefix pair = with_prefix(mask, span);
    const Qkv heads{part(qkv.q, span), keys(qkv.k, pair, group), keys(qkv.v, pair, group)};
    const SpanGradients sums{at::zeros_like(heads.k), at::zeros_like(heads.v)};
    for_query_tiles(mask, pair, [&](const QueryTile& tile) {
      tile_backward(grad, mask, pair, tile, heads, logsumexp, grad_qkv.q, sums);
    });
    add_keys(sums.k, pair, grad_k);
    add_keys(sums.v, pair, grad_v);
  }
  grad_qkv.k.copy_(grad_k);
  grad_qkv.v.copy_(grad_v);
}

}  // namespace laurel
