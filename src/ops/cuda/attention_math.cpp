// Per span, with n queries, m keys (prefix, then own), H query heads: s = q k^T / sqrt(K) where
// visible, p = softmax(s), out = p v; and back: dv = p^T g, ds = p (g v^T - rowsum(p g v^T)).
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

struct Place {
  Span span, prefix;  // prefix of length 0: none
};

Place place_of(const Visible& visible, const Span& span) {
  return {span, span.prefix < 0 ? Span{0, 0, -1} : visible.spans[span.prefix]};
}

// x (T, heads, K) -> the span's (or its prefix's) part as (heads, tokens, K) in the compute type.
at::Tensor part(const at::Tensor& x, const Span& span) {
  return x.narrow(0, span.begin, span.length).transpose(0, 1).to(compute_type(x.scalar_type()));
}

// Keys or values that the span's queries may see, (H, m, K): each for the heads that share it.
at::Tensor keys(const at::Tensor& x, const Place& place, int64_t group) {
  return at::cat({part(x, place.prefix), part(x, place.span)}, 1).repeat_interleave(group, 0);
}

// Scores (H, n, m), minus infinity where a query does not see a key.
at::Tensor scores(const Heads& heads, const Place& place, int64_t window) {
  const int64_t group = heads.q.size(1) / heads.k.size(1);
  const at::Tensor q = part(heads.q, place.span);
  const at::Tensor k = keys(heads.k, place, group);
  const double scale = 1 / std::sqrt(static_cast<double>(heads.q.size(2)));
  const at::Tensor place_of_key = at::arange(k.size(1), heads.q.options().dtype(at::kLong));
  const at::Tensor distance =
      place_of_key.narrow(0, place.prefix.length, place.span.length).unsqueeze(1) - place_of_key;
  at::Tensor hidden = distance < 0;
  if (window > 0) hidden = hidden.logical_or(distance >= window);
  return (at::matmul(q, k.transpose(1, 2)) * scale)
      .masked_fill(hidden, -std::numeric_limits<double>::infinity());
}

// Adds (H, m, K), gradients of the keys that the queries saw, to sum (T, G, K).
void add_keys(const at::Tensor& gradient, const Place& place, const at::Tensor& sum) {
  const int64_t group = gradient.size(0) / sum.size(1);
  const at::Tensor by_key =
      gradient.unflatten(0, {sum.size(1), group}).sum(1).transpose(0, 1);  // (m, G, K)
  sum.narrow(0, place.prefix.begin, place.prefix.length)
      .add_(by_key.narrow(0, 0, place.prefix.length));
  sum.narrow(0, place.span.begin, place.span.length)
      .add_(by_key.narrow(0, place.prefix.length, place.span.length));
}

}  // namespace

void attention_math_forward(const Heads& heads, const Visible& visible, const Attended& attended) {
  const int64_t group = heads.q.size(1) / heads.k.size(1);
  for (const Span& span : visible.spans) {
    const Place place = place_of(visible, span);
    const at::Tensor s = scores(heads, place, visible.window);
    const at::Tensor log_sum = at::logsumexp(s, {2});  // (H, n)
    const at::Tensor p = (s - log_sum.unsqueeze(2)).exp();
    const at::Tensor out = at::matmul(p, keys(heads.v, place, group));
    attended.out.narrow(0, span.begin, span.length).copy_(out.transpose(0, 1));
    attended.log_sum.narrow(0, span.begin, span.length).copy_(log_sum.t());
  }
}

void attention_math_backward(const at::Tensor& grad, const Heads& heads, const Visible& visible,
                             const at::Tensor& log_sum, const Heads& grad_heads) {
  const int64_t group = heads.q.size(1) / heads.k.size(1);
  const double scale = 1 / std::sqrt(static_cast<double>(heads.q.size(2)));
  const auto type = compute_type(heads.k.scalar_type());
  const at::Tensor grad_k = at::zeros_like(heads.k, heads.k.options().dtype(type));
  const at::Tensor grad_v = at::zeros_like(heads.v, heads.v.options().dtype(type));
  for (const Span& span : visible.spans) {
    const Place place = place_of(visible, span);
    const at::Tensor log_sums = log_sum.narrow(0, span.begin, span.length).t().unsqueeze(2);
    const at::Tensor p = (scores(heads, place, visible.window) - log_sums).exp();
    const at::Tensor g = part(grad, span);
    const at::Tensor dp = at::matmul(g, keys(heads.v, place, group).transpose(1, 2));
    const at::Tensor ds = p * (dp - (p * dp).sum({2}, true)) * scale;
    grad_heads.q.narrow(0, span.begin, span.length)
        .copy_(at::matmul(ds, keys(heads.k, place, group)).transpose(0, 1));
    add_keys(at::matmul(ds.transpose(1, 2), part(heads.q, span)), place, grad_k);
    add_keys(at::matmul(p.transpose(1, 2), g), place, grad_v);
  }
  grad_heads.k.copy_(grad_k);
  grad_heads.v.copy_(grad_v);
}

}  // namespace laurel
