// laurel's operations, ready to run.
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <vector>

#include "bench/cases.h"
#include "ops/adamw.h"
#include "ops/attention.h"
#include "ops/embedding.h"
#include "ops/gated.h"
#include "ops/linear.h"
#include "ops/norm.h"
#include "ops/rope.h"
#include "ops/types.h"

namespace laurel {

namespace fused {

constexpr double kEps = 1e-5;

Work norm_forward(const Setting& s) {
  const at::Tensor x = s.random({s.tokens, s.shape.D}), weight = s.random({s.shape.D});
  const at::Tensor out = at::empty_like(x), rms = at::empty({s.tokens}, compute_type(s.type));
  return {[=] { rms_norm_forward(x, weight, kEps, out, rms); }};
}

Work norm_backward(const Setting& s) {
  const at::Tensor x = s.random({s.tokens, s.shape.D}), weight = s.random({s.shape.D});
  const at::Tensor grad = s.random(x.sizes()), grad_x = at::empty_like(x);
  const at::Tensor grad_weight = at::zeros({s.shape.D}, compute_type(s.type));
  const at::Tensor rms = at::empty({s.tokens}, compute_type(s.type));
  rms_norm_forward(x, weight, kEps, grad_x, rms);
  return {[=] {
    rms_norm_backward(grad, {x, rms}, weight, grad_x, grad_weight, WriteMode::overwrite);
  }};
}

Work rotate(const Setting& s) {
  const at::Tensor x = s.random({s.tokens, s.shape.H + s.shape.G, s.shape.K});
  const at::Tensor positions = at::randint(s.tokens, {s.tokens}, at::kInt);
  const RopeTable table = rope_table({}, s.shape.K, s.tokens, compute_type(s.type));
  return {[=] { rope(x, positions, table, Rotate::forward); }};
}

Work silu_forward(const Setting& s) {
  const at::Tensor gate_up = s.random({s.tokens, 2 * s.shape.I});
  const at::Tensor out = at::empty({s.tokens, s.shape.I}, s.type);
  return {[=] { gated_silu_forward(gate_up, out); }};
}

Work silu_backward(const Setting& s) {
  const at::Tensor gate_up = s.random({s.tokens, 2 * s.shape.I});
  const at::Tensor grad = s.random({s.tokens, s.shape.I});
  const at::Tensor activated = at::empty_like(grad), grad_gate_up = at::empty_like(gate_up);
  return {[=] { gated_silu_backward(grad, gate_up, activated, grad_gate_up); }};
}

struct AttentionCase {
  explicit AttentionCase(const Setting& s)
      : qkv(s.random({s.tokens, s.shape.H + 2 * s.shape.G, s.shape.K})),
        heads(split(qkv, s.shape)),
        out(at::empty({s.tokens, s.shape.H, s.shape.K}, s.type)),
        logsumexp(at::empty({s.tokens, s.shape.H}, compute_type(s.type))) {
    for (int64_t begin = 0; begin < s.tokens; begin += s.span_length) {
      spans.push_back({static_cast<int32_t>(begin), static_cast<int32_t>(s.span_length), -1});
    }
  }

  static Qkv split(const at::Tensor& qkv, const Shape& shape) {
    return {qkv.narrow(1, 0, shape.H), qkv.narrow(1, shape.H, shape.G),
            qkv.narrow(1, shape.H + shape.G, shape.G)};
  }

  void forward() const { attention_forward(heads, {spans}, {out, logsumexp}); }

  at::Tensor qkv;
  Qkv heads;
  at::Tensor out, logsumexp;
  std::vector<Span> spans;
};

Work attend_forward(const Setting& s) {
  const AttentionCase attention(s);
  return {[=] { attention.forward(); }, attention_flops(s, 2)};
}

Work attend_backward(const Setting& s) {
  const AttentionCase attention(s);
  attention.forward();
  const at::Tensor grad = s.random(attention.out.sizes());
  const Qkv grads = AttentionCase::split(at::empty_like(attention.qkv), s.shape);
  return {[=] {
            attention_backward(grad, attention.heads, {attention.spans}, {{}, attention.logsumexp},
                               grads);
          },
          attention_flops(s, 5)};
}

struct LinearCase {
  explicit LinearCase(const Setting& s)
      : x(s.random({s.tokens, s.shape.D})),
        y(s.random({s.tokens, 2 * s.shape.I})),
        linear{s.random({2 * s.shape.I, s.shape.D}), {}},
        flops(2. * static_cast<double>(s.tokens * s.shape.D * 2 * s.shape.I)) {}

  at::Tensor x, y;
  Linear linear;
  double flops;
};

Work gate_up_forward(const Setting& s) {
  const LinearCase c(s);
  return {[=] { linear_forward(c.x, c.linear, c.y); }, c.flops};
}

Work gate_up_backward_input(const Setting& s) {
  const LinearCase c(s);
  return {[=] { linear_backward_input(c.y, c.linear, c.x); }, c.flops};
}

Work gate_up_backward_weight(const Setting& s) {
  const LinearCase c(s);
  const Linear gradient{at::zeros({2 * s.shape.I, s.shape.D}, compute_type(s.type)), {}};
  return {[=] { linear_backward_weight(c.y, c.x, c.linear, gradient); }, c.flops};
}

Work embed_forward(const Setting& s) {
  const at::Tensor weight = s.random({s.shape.V, s.shape.D});
  const at::Tensor ids = at::randint(s.shape.V, {s.tokens}, at::kInt);
  const at::Tensor out = at::empty({s.tokens, s.shape.D}, s.type);
  return {[=] { embedding_forward(ids, weight, out); }};
}

Work embed_backward(const Setting& s) {
  const at::Tensor grad = s.random({s.tokens, s.shape.D});
  const at::Tensor ids = at::randint(s.shape.V, {s.tokens}, at::kInt);
  const at::Tensor grad_weight = at::zeros({s.shape.V, s.shape.D}, compute_type(s.type));
  return {[=] { embedding_backward(grad, ids, grad_weight); }};
}

Work norm_of_gradient(const Setting& s) {
  const std::vector<at::Tensor> gradients{s.random({kUpdated}).to(compute_type(s.type))};
  return {[=] { gradient_norm(gradients); }};
}

Work update(const Setting& s) {
  const at::Tensor gradient = s.random({kUpdated}).to(compute_type(s.type));
  AdamWBuffers buffers{
      s.random({kUpdated}), gradient, at::zeros_like(gradient), at::zeros_like(gradient), {}};
  if (s.type == at::kBFloat16) buffers.low = at::zeros({kUpdated}, at::kShort);
  const std::vector<UpdateRange> ranges{{0, kUpdated, false}};
  return {[=] { adamw_step(buffers, ranges, {}); }};
}

}  // namespace fused
}  // namespace laurel
