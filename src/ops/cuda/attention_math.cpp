// Per span, with n queries, m keys (prefix, then own), H query heads: s = q k^T / sqrt(K) where
// mask, p = softmax(s), out = p v; and back: dv = p^T g, ds = p (g v^T - rowsum(p g v^T)).
#include "ops/cuda/attention_math.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
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

// Keys or values that the span's queries may see, (H, m, K): each for the heads that share it.
at::Tensor keys(const at::Tensor& x, const SpanWithPrefix& pair, int64_t group) {
  return at::cat({part(x, pair.prefix), part(x, pair.span)}, 1).repeat_interleave(group, 0);
}

// Scores (H, n, m), minus infinity where a query does not see a key.
at::Tensor scores(const Qkv& qkv, const SpanWithPrefix& pair, int64_t window) {
  const int64_t group = qkv.q.size(1) / qkv.k.size(1);
  const at::Tensor q = part(qkv.q, pair.span);
  const at::Tensor k = keys(qkv.k, pair, group);
  const double scale = 1 / std::sqrt(static_cast<double>(qkv.q.size(2)));
  const at::Tensor key_position = at::arange(k.size(1), qkv.q.options().dtype(at::kLong));
  const at::Tensor distance =
      key_position.narrow(0, pair.prefix.length, pair.span.length).unsqueeze(1) - key_position;
  at::Tensor hidden = distance < 0;
  if (window > 0) hidden = hidden.logical_or(distance >= window);
  return (at::matmul(q, k.transpose(1, 2)) * scale)
      .masked_fill(hidden, -std::numeric_limits<double>::infinity());
}

// Adds (H, m, K), gradients of the keys that the queries saw, to sum (T, G, K).
void add_keys(const at::Tensor& gradient, const SpanWithPrefix& pair, const at::Tensor& sum) {
  const int64_t group = gradient.size(0) / sum.size(1);
  const at::Tensor by_key =
      gradient.unflatten(0, {sum.size(1), group}).sum(1).transpose(0, 1);  // (m, G, K)
  sum.narrow(0, pair.prefix.begin, pair.prefix.length)
      .add_(by_key.narrow(0, 0, pair.prefix.length));
  sum.narrow(0, pair.span.begin, pair.span.length)
      .add_(by_key.narrow(0, pair.prefix.length, pair.span.length));
}

}  // namespace

void attention_math_forward(const Qkv& qkv, const AttentionMask& mask,
                            const AttentionOutput& output) {
  const int64_t group = qkv.q.size(1) / qkv.k.size(1);
  for (const Span& span : mask.spans) {
    const SpanWithPrefix pair = with_prefix(mask, span);
    const at::Tensor s = scores(qkv, pair, mask.window);
    const at::Tensor logsumexp = at::logsumexp(s, {2});  // (H, n)
    const at::Tensor p = (s - logsumexp.unsqueeze(2)).exp();
    const at::Tensor out = at::matmul(p, keys(qkv.v, pair, group));
    output.out.narrow(0, span.begin, span.length).copy_(out.transpose(0, 1));
    output.logsumexp.narrow(0, span.begin, span.length).copy_(logsumexp.t());
  }
}

void attention_math_backward(const at::Tensor& grad, const Qkv& qkv, const AttentionMask& mask,
                             const at::Tensor& logsumexp, const Qkv& grad_qkv) {
  const int64_t group = qkv.q.size(1) / qkv.k.size(1);
  const double scale = 1 / std::sqrt(static_cast<double>(qkv.q.size(2)));
  const auto type = compute_type(qkv.k.scalar_type());
  const at::Tensor grad_k = at::zeros_like(qkv.k, qkv.k.options().dtype(type));
  const at::Tensor grad_v = at::zeros_like(qkv.v, qkv.v.options().dtype(type));
  for (const Span& span : mask.spans) {
    const SpanWithPrefix pair = with_prefix(mask, span);
    const at::Tensor logsumexps = logsumexp.narrow(0, span.begin, span.length).t().unsqueeze(2);
    const at::Tensor p = (scores(qkv, pair, mask.window) - logsumexps).exp();
    const at::Tensor g = part(grad, span);
    const at::Tensor dp = at::matmul(g, keys(qkv.v, pair, group).transpose(1, 2));
    const at::Tensor ds = p * (dp - (p * dp).sum({2}, true)) * scale;
    grad_qkv.q.narrow(0, span.begin, span.length)
        .copy_(at::matmul(ds, keys(qkv.k, pair, group)).transpose(0, 1));
    add_keys(at::matmul(ds.transpose(1, 2), part(qkv.q, span)), pair, grad_k);
    add_keys(at::matmul(p.transpose(1, 2), g), pair, grad_v);
  }
  grad_qkv.k.copy_(grad_k);
  grad_qkv.v.copy_(grad_v);
}

}  // namespace laurel
