// The same work as a Python trainer has ATen do it: call after call, backward by autograd.
#include <ATen/TensorOperators.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/embedding_dense_backward.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/autograd.h>

#include <vector>

#include "bench/cases.h"

namespace laurel {

namespace plain {

using Formula = at::Tensor (*)(const std::vector<at::Tensor>& inputs, const Setting&);

Work forward_of(Formula formula, const std::vector<at::Tensor>& inputs, const Setting& s) {
  return {[=] {
    const at::NoGradGuard no_grad;
    formula(inputs, s);
  }};
}

// Of one forward pass, which is not timed.
Work backward_of(Formula formula, std::vector<at::Tensor> inputs, const Setting& s) {
  for (at::Tensor& input : inputs) input.requires_grad_();
  const at::Tensor out = formula(inputs, s);
  const at::Tensor grad = s.random(out.sizes());
  return {[=] { torch::autograd::grad({out}, inputs, {grad}, /*retain_graph=*/true); }};
}

// x, weight; in fp32, as transformers computes it.
at::Tensor norm(const std::vector<at::Tensor>& inputs, const Setting&) {
  const at::Tensor x = inputs[0].to(at::kFloat);
  const at::Tensor normed = x * at::rsqrt(x.square().mean(-1, true) + 1e-5);
  return inputs[1] * normed.to(inputs[0].scalar_type());
}

std::vector<at::Tensor> norm_inputs(const Setting& s) {
  return {s.random({s.tokens, s.shape.D}), s.random({s.shape.D})};
}

Work norm_forward(const Setting& s) { return forward_of(norm, norm_inputs(s), s); }
Work norm_backward(const Setting& s) { return backward_of(norm, norm_inputs(s), s); }

// x, cos, sin
at::Tensor rotated(const std::vector<at::Tensor>& inputs, const Setting& s) {
  const at::Tensor& x = inputs[0];
  const int64_t half = s.shape.K / 2;
  const at::Tensor turned = at::cat({-x.narrow(-1, half, half), x.narrow(-1, 0, half)}, -1);
  return x * inputs[1] + turned * inputs[2];
}

Work rotate(const Setting& s) {
  return forward_of(rotated,
                    {s.random({s.tokens, s.shape.H + s.shape.G, s.shape.K}),
                     s.random({s.tokens, 1, s.shape.K}), s.random({s.tokens, 1, s.shape.K})},
                    s);
}

at::Tensor gated(const std::vector<at::Tensor>& inputs, const Setting& s) {
  return at::silu(inputs[0].narrow(1, 0, s.shape.I)) * inputs[0].narrow(1, s.shape.I, s.shape.I);
}

Work silu_forward(const Setting& s) {
  return forward_of(gated, {s.random({s.tokens, 2 * s.shape.I})}, s);
}
Work silu_backward(const Setting& s) {
  return backward_of(gated, {s.random({s.tokens, 2 * s.shape.I})}, s);
}

// q, k, v (spans, heads, length, K), all spans of one length: nothing is padded.
at::Tensor attention(const std::vector<at::Tensor>& inputs, const Setting&) {
  return at::scaled_dot_product_attention(inputs[0], inputs[1], inputs[2], {}, 0, true, {}, true);
}

std::vector<at::Tensor> attention_inputs(const Setting& s) {
  const int64_t spans = s.tokens / s.span_length;
  std::vector<at::Tensor> inputs;
  for (const int64_t heads : {s.shape.H, s.shape.G, s.shape.G}) {
    inputs.push_back(s.random({spans, s.span_length, heads, s.shape.K}).transpose(1, 2));
  }
  return inputs;
}

Work attend_forward(const Setting& s) {
  return {forward_of(attention, attention_inputs(s), s).run, attention_flops(s, 2)};
}
Work attend_backward(const Setting& s) {
  return {backward_of(attention, attention_inputs(s), s).run, attention_flops(s, 5)};
}

double gate_up_flops(const Setting& s) {
  return 2. * static_cast<double>(s.tokens * s.shape.D * 2 * s.shape.I);
}

Work gate_up_forward(const Setting& s) {
  const at::Tensor x = s.random({s.tokens, s.shape.D}), w = s.random({2 * s.shape.I, s.shape.D});
  return {[=] { at::linear(x, w); }, gate_up_flops(s)};
}

Work gate_up_backward_input(const Setting& s) {
  const at::Tensor g = s.random({s.tokens, 2 * s.shape.I});
  const at::Tensor w = s.random({2 * s.shape.I, s.shape.D});
  return {[=] { at::mm(g, w); }, gate_up_flops(s)};
}

Work gate_up_backward_weight(const Setting& s) {
  const at::Tensor g = s.random({s.tokens, 2 * s.shape.I}), x = s.random({s.tokens, s.shape.D});
  const at::Tensor gradient = at::zeros({2 * s.shape.I, s.shape.D}, s.type);
  return {[=] { gradient.add_(at::mm(g.t(), x)); }, gate_up_flops(s)};
}

Work embed_forward(const Setting& s) {
  const at::Tensor weight = s.random({s.shape.V, s.shape.D});
  const at::Tensor ids = at::randint(s.shape.V, {s.tokens}, at::kLong);
  return {[=] { at::embedding(weight, ids); }};
}

Work embed_backward(const Setting& s) {
  const at::Tensor grad = s.random({s.tokens, s.shape.D});
  const at::Tensor ids = at::randint(s.shape.V, {s.tokens}, at::kLong);
  const at::Tensor grad_weight = at::zeros({s.shape.V, s.shape.D}, s.type);
  const int64_t vocabulary = s.shape.V;
  return {
      [=] { grad_weight.add_(at::embedding_dense_backward(grad, ids, vocabulary, -1, false)); }};
}

Work norm_of_gradient(const Setting& s) {
  const at::Tensor gradient = s.random({kUpdated});
  return {[=] { gradient.norm().item<float>(); }};
}

Work update(const Setting& s) {
  const at::Tensor weights = s.random({kUpdated}), gradient = s.random({kUpdated});
  const at::Tensor m = at::zeros_like(weights), v = at::zeros_like(weights);
  const at::Tensor step = at::zeros({}, at::kFloat);
  return {[=] {
    at::_fused_adamw_({weights}, {gradient}, {m}, {v}, {}, {step}, 1e-5, 0.9, 0.999, 0, 1e-8, false,
                      false);
    gradient.zero_();
  }};
}

}  // namespace plain
}  // namespace laurel
