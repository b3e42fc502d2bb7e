// One Llama block, forward and backward. T tokens, D width, H query heads, G key/value heads, K
// head dim, I intermediate width.
#include "model/llama.h"

#include <ATen/ops/index_select.h>

#include "ops/attention.h"
#include "ops/norm.h"
#include "ops/silu.h"
#include "ops/types.h"

namespace laurel {

namespace {

// q (T, H, K), k and v (T, G, K) of packed (T, H + 2 G, K).
Heads split_heads(const LlamaConfig& config, const at::Tensor& qkv) {
  return {qkv.narrow(1, 0, config.heads), qkv.narrow(1, config.heads, config.kv_heads),
          qkv.narrow(1, config.heads + config.kv_heads, config.kv_heads)};
}

// The rows of x (T, ...) behind which this block goes on: all, or those that are read.
at::Tensor rows_to_finish(const LlamaPass& pass, const at::Tensor& x, Buffer& buffer) {
  if (!pass.last) return x;
  at::Tensor rows = buffer.take({pass.tokens.read_index.size(0), x.size(1)}, x.options());
  at::index_select_out(rows, x, 0, pass.tokens.read_index);
  return rows;
}

// The way back: rows (N, ...) at the read tokens, zero elsewhere.
void spread(const LlamaPass& pass, const at::Tensor& rows, const at::Tensor& x) {
  x.zero_();
  x.index_add_(0, pass.tokens.read_index, rows);
}

Visible visible_of(const LlamaPass& pass) {
  return {pass.tokens.spans, pass.window, pass.tokens.keys ? &*pass.tokens.keys : nullptr};
}

Buffer& gate_up_of(const LlamaPass& pass, LlamaKept& kept) {
  return pass.recompute == Recompute::none ? kept.gate_up : pass.scratch.gate_up;
}

// q/k norm (Qwen3): every head's K elements, in place on qkv; the values before it are kept.
void head_norms_forward(const LlamaConfig& config, const LlamaBlock& weights, LlamaKept& kept) {
  const at::Tensor qkv = kept.qkv.get();
  const int64_t heads = config.heads + config.kv_heads;
  const auto type = qkv.options();
  const at::Tensor raw = kept.raw_qk.take({qkv.size(0), heads, config.head_dim}, type);
  const at::Tensor q_rms = kept.q_rms.take({qkv.size(0), config.heads}, compute_type(type));
  const at::Tensor k_rms = kept.k_rms.take({qkv.size(0), config.kv_heads}, compute_type(type));
  raw.copy_(qkv.narrow(1, 0, heads));
  const Heads out = split_heads(config, qkv);
  rms_norm_forward(raw.narrow(1, 0, config.heads), weights.q_norm, config.rms_norm_eps, out.q,
                   q_rms);
  rms_norm_forward(raw.narrow(1, config.heads, config.kv_heads), weights.k_norm,
                   config.rms_norm_eps, out.k, k_rms);
}

void head_norms_backward(const LlamaPass& pass, const LlamaBlock& weights, LlamaKept& kept,
                         const LlamaBlock& gradient, const Heads& grad) {
  const int64_t heads = pass.config.heads;
  const at::Tensor raw = kept.raw_qk.get();
  const at::Tensor q = raw.narrow(1, 0, heads), k = raw.narrow(1, heads, pass.config.kv_heads);
  pass.in_turn([&] {
    rms_norm_backward(grad.q, {q, kept.q_rms.get()}, weights.q_norm, grad.q, gradient.q_norm,
                      Into::overwrite);
    rms_norm_backward(grad.k, {k, kept.k_rms.get()}, weights.k_norm, grad.k, gradient.k_norm,
                      Into::overwrite);
  });
}

// attended (T, H K) = attention of the normed input.
void attention_part_forward(const LlamaPass& pass, const LlamaBlock& weights, LlamaKept& kept) {
  const LlamaConfig& config = pass.config;
  const at::Tensor& input = pass.input;
  const int64_t tokens = input.size(0);
  const auto type = input.options();
  const at::Tensor normed = pass.scratch.normed.take({tokens, config.hidden_size}, type);
  const at::Tensor qkv =
      kept.qkv.take({tokens, config.heads + 2 * config.kv_heads, config.head_dim}, type);
  const at::Tensor attended = kept.attended.take({tokens, config.heads, config.head_dim}, type);
  const at::Tensor log_sum = kept.log_sum.take({tokens, config.heads}, compute_type(type));

  rms_norm_forward(input, weights.attention_norm, config.rms_norm_eps, normed,
                   kept.input_rms.take({tokens}, compute_type(type)));
  linear_forward(normed, weights.qkv, qkv.flatten(1));
  if (config.qk_norm) head_norms_forward(config, weights, kept);
  rope(qkv.narrow(1, 0, config.heads + config.kv_heads), pass.tokens.positions, pass.rope,
       Rotate::forward);
  attention_forward(split_heads(config, qkv), visible_of(pass), {attended, log_sum});
}

// grad_attended in scratch -> grad (T, D) += gradient of the input by way of attention.
void attention_part_backward(const LlamaPass& pass, const LlamaBlock& weights, LlamaKept& kept,
                             const LlamaBlock& gradient, const at::Tensor& grad) {
  const LlamaConfig& config = pass.config;
  const at::Tensor qkv = kept.qkv.get();
  const auto type = qkv.options();
  const at::Tensor grad_qkv = pass.scratch.grad_qkv.take(qkv.sizes(), type);
  const at::Tensor normed = pass.scratch.normed.take(grad.sizes(), type);
  const at::Tensor grad_normed = pass.scratch.grad_normed.take(grad.sizes(), type);
  const Heads grad_heads = split_heads(config, grad_qkv);

  attention_backward(pass.scratch.grad_attended.get(), split_heads(config, qkv), visible_of(pass),
                     {kept.attended.get(), kept.log_sum.get()}, grad_heads);
  rope(grad_qkv.narrow(1, 0, config.heads + config.kv_heads), pass.tokens.positions, pass.rope,
       Rotate::backward);
  if (config.qk_norm) head_norms_backward(pass, weights, kept, gradient, grad_heads);
  rms_norm_forward(pass.input, weights.attention_norm, config.rms_norm_eps, normed,
                   kept.input_rms.get());
  pass.in_turn([&] { linear_backward_weight(grad_qkv.flatten(1), normed, gradient.qkv); });
  linear_backward_input(grad_qkv.flatten(1), weights.qkv, grad_normed);
  pass.in_turn([&] {
    rms_norm_backward(grad_normed, {pass.input, kept.input_rms.get()}, weights.attention_norm, grad,
                      gradient.attention_norm, Into::add);
  });
}

// middle (N, D) = input + attention.
void middle_forward(const LlamaPass& pass, const LlamaBlock& weights, LlamaKept& kept) {
  attention_part_forward(pass, weights, kept);
  const at::Tensor input = rows_to_finish(pass, pass.input, pass.scratch.read_input);
  linear_add_forward(
      rows_to_finish(pass, kept.attended.get().flatten(1), pass.scratch.read_attended),
      weights.output, input, kept.middle.take(input.sizes(), input.options()));
}

// normed (N, D) and gate_up (N, 2 I) of `middle`.
void gate_up_forward(const LlamaPass& pass, const LlamaBlock& weights, LlamaKept& kept) {
  const at::Tensor middle = kept.middle.get();
  const auto type = middle.options();
  const int64_t tokens = middle.size(0);
  const at::Tensor normed = pass.scratch.normed.take(middle.sizes(), type);
  const at::Tensor gate_up =
      gate_up_of(pass, kept).take({tokens, 2 * pass.config.intermediate_size}, type);
  rms_norm_forward(middle, weights.mlp_norm, pass.config.rms_norm_eps, normed,
                   kept.middle_rms.take({tokens}, compute_type(type)));
  linear_forward(normed, weights.gate_up, gate_up);
}

// grad (N, D) of the block's output += gradient of `middle` by way of the MLP.
void mlp_part_backward(const LlamaPass& pass, const LlamaBlock& weights, LlamaKept& kept,
                       const LlamaBlock& gradient, const at::Tensor& grad) {
  const LlamaConfig& config = pass.config;
  const auto type = grad.options();
  LlamaScratch& scratch = pass.scratch;
  const int64_t tokens = grad.size(0);
  if (pass.recompute == Recompute::none) {
    rms_norm_forward(kept.middle.get(), weights.mlp_norm, config.rms_norm_eps,
                     scratch.normed.take(grad.sizes(), type), kept.middle_rms.get());
  } else {
    gate_up_forward(pass, weights, kept);
  }
  const at::Tensor normed = scratch.normed.get(), gate_up = gate_up_of(pass, kept).get();
  const at::Tensor activated = scratch.activated.take({tokens, config.intermediate_size}, type);
  const at::Tensor grad_activated = scratch.grad_activated.take(activated.sizes(), type);
  const at::Tensor grad_gate_up = scratch.grad_gate_up.take(gate_up.sizes(), type);
  const at::Tensor grad_normed = scratch.grad_normed.take(grad.sizes(), type);

  linear_backward_input(grad, weights.down, grad_activated);
  gated_silu_backward(grad_activated, gate_up, activated, grad_gate_up);
  pass.in_turn([&] { linear_backward_weight(grad, activated, gradient.down); });
  pass.in_turn([&] { linear_backward_weight(grad_gate_up, normed, gradient.gate_up); });
  linear_backward_input(grad_gate_up, weights.gate_up, grad_normed);
  pass.in_turn([&] {
    rms_norm_backward(grad_normed, {kept.middle.get(), kept.middle_rms.get()}, weights.mlp_norm,
                      grad, gradient.mlp_norm, Into::add);
  });
}

}  // namespace

void llama_block_forward(const LlamaPass& pass, const LlamaBlock& weights, LlamaKept& kept,
                         const at::Tensor& output) {
  middle_forward(pass, weights, kept);
  gate_up_forward(pass, weights, kept);
  const at::Tensor activated = pass.scratch.activated.take(
      {output.size(0), pass.config.intermediate_size}, output.options());
  gated_silu_forward(gate_up_of(pass, kept).get(), activated);
  linear_add_forward(activated, weights.down, kept.middle.get(), output);
}

void llama_block_backward(const LlamaPass& pass, const LlamaBlock& weights, LlamaKept& kept,
                          const LlamaBlock& gradient, const at::Tensor& grad_output,
                          const at::Tensor& grad_input) {
  LlamaScratch& scratch = pass.scratch;
  if (pass.recompute == Recompute::inputs) middle_forward(pass, weights, kept);
  mlp_part_backward(pass, weights, kept, gradient, grad_output);
  const at::Tensor attended = kept.attended.get();
  const auto type = attended.options();
  const at::Tensor grad_attended = scratch.grad_attended.take(attended.sizes(), type);
  const at::Tensor finished = rows_to_finish(pass, attended.flatten(1), scratch.read_attended);
  pass.in_turn([&] { linear_backward_weight(grad_output, finished, gradient.output); });
  if (pass.last) {
    const at::Tensor grad_finished = scratch.grad_read_attended.take(finished.sizes(), type);
    linear_backward_input(grad_output, weights.output, grad_finished);
    spread(pass, grad_finished, grad_attended.flatten(1));
    spread(pass, grad_output, grad_input);
  } else {
    linear_backward_input(grad_output, weights.output, grad_attended.flatten(1));
  }
  attention_part_backward(pass, weights, kept, gradient, grad_input);
}

}  // namespace laurel
