// One Llama block, forward and backward. T tokens, D width, H query heads, G key/value heads, K
// head dim, I intermediate width.
#include "model/families/llama/block.h"

#include "model/block_parts.h"
#include "ops/attention.h"
#include "ops/gated.h"
#include "ops/norm.h"
#include "ops/types.h"

namespace laurel {

namespace {

Qkv heads_of(const LlamaConfig& config, const at::Tensor& qkv) {
  return split_heads(qkv, config.heads, config.kv_heads);
}

AttentionMask mask_of(const LlamaPass& pass) {
  return attention_mask(pass.block, pass.config.window.at(pass.block.layer));
}

HeadNorms head_norms(const LlamaConfig& config, const LlamaBlock& block) {
  return {block.q_norm, block.k_norm, config.rms_norm_eps};
}

Buffer& gate_up_of(const LlamaPass& pass, LlamaSavedActivations& saved) {
  return pass.block.recompute == Recompute::none ? saved.gate_up : pass.scratch.gate_up;
}

// attention_output (T, H K) = attention of the normed input.
void attention_part_forward(const LlamaPass& pass, const LlamaBlock& weights,
                            LlamaSavedActivations& saved) {
  const LlamaConfig& config = pass.config;
  const at::Tensor& input = pass.block.input;
  const int64_t tokens = input.size(0);
  const auto type = input.options();
  const at::Tensor normed = pass.scratch.normed.take({tokens, config.hidden_size}, type);
  const at::Tensor qkv =
      saved.qkv.take({tokens, config.heads + 2 * config.kv_heads, config.head_dim}, type);
  const at::Tensor attention_output =
      saved.attention_output.take({tokens, config.heads, config.head_dim}, type);
  const at::Tensor logsumexp = saved.logsumexp.take({tokens, config.heads}, compute_type(type));

  rms_norm_forward(input, weights.attention_norm, config.rms_norm_eps, normed,
                   saved.input_rms.take({tokens}, compute_type(type)));
  linear_forward(normed, weights.qkv, qkv.flatten(1));
  if (config.qk_norm) {
    head_norms_forward(head_norms(config, weights), heads_of(config, qkv), saved.head_norms);
  }
  rope(qkv.narrow(1, 0, config.heads + config.kv_heads), pass.block.tokens.position_ids, pass.rope,
       Rotate::forward);
  attention_forward(heads_of(config, qkv), mask_of(pass), {attention_output, logsumexp});
}

// grad_attention_output in scratch -> grad (T, D) += gradient of the input by way of attention.
void attention_part_backward(const LlamaPass& pass, const LlamaBlock& weights,
                             LlamaSavedActivations& saved, const LlamaBlock& gradient,
                             const at::Tensor& grad) {
  const LlamaConfig& config = pass.config;
  const at::Tensor qkv = saved.qkv.get();
  const auto type = qkv.options();
  const at::Tensor grad_qkv = pass.scratch.grad_qkv.take(qkv.sizes(), type);
  const at::Tensor normed = pass.scratch.normed.take(grad.sizes(), type);
  const at::Tensor grad_normed = pass.scratch.grad_normed.take(grad.sizes(), type);
  const Qkv grad_heads = heads_of(config, grad_qkv);

  attention_backward(pass.scratch.grad_attention_output.get(), heads_of(config, qkv), mask_of(pass),
                     {saved.attention_output.get(), saved.logsumexp.get()}, grad_heads);
  rope(grad_qkv.narrow(1, 0, config.heads + config.kv_heads), pass.block.tokens.position_ids,
       pass.rope, Rotate::backward);
  if (config.qk_norm) {
    head_norms_backward(pass.block, head_norms(config, weights), saved.head_norms,
                        head_norms(config, gradient), grad_heads);
  }
  rms_norm_forward(pass.block.input, weights.attention_norm, config.rms_norm_eps, normed,
                   saved.input_rms.get());
  linear_backward(pass.block, grad_qkv.flatten(1), normed, weights.qkv, gradient.qkv, grad_normed);
  pass.block.add_in_order([&] {
    rms_norm_backward(grad_normed, {pass.block.input, saved.input_rms.get()},
                      weights.attention_norm, grad, gradient.attention_norm, WriteMode::add);
  });
}

// residual (N, D) = input + attention.
void residual_forward(const LlamaPass& pass, const LlamaBlock& weights,
                      LlamaSavedActivations& saved) {
  attention_part_forward(pass, weights, saved);
  const at::Tensor input = select_pool(pass.block, pass.block.input, pass.scratch.pool_input);
  linear_add_forward(
      select_pool(pass.block, saved.attention_output.get().flatten(1), pass.scratch.pool_attention),
      weights.output, input, saved.residual.take(input.sizes(), input.options()));
}

// normed (N, D) and gate_up (N, 2 I) of `residual`.
void gate_up_forward(const LlamaPass& pass, const LlamaBlock& weights,
                     LlamaSavedActivations& saved) {
  const at::Tensor residual = saved.residual.get();
  const auto type = residual.options();
  const int64_t tokens = residual.size(0);
  const at::Tensor normed = pass.scratch.normed.take(residual.sizes(), type);
  const at::Tensor gate_up =
      gate_up_of(pass, saved).take({tokens, 2 * pass.config.intermediate_size}, type);
  rms_norm_forward(residual, weights.mlp_norm, pass.config.rms_norm_eps, normed,
                   saved.residual_rms.take({tokens}, compute_type(type)));
  linear_forward(normed, weights.gate_up, gate_up);
}

// grad (N, D) of the block's output += gradient of `residual` by way of the MLP.
void mlp_part_backward(const LlamaPass& pass, const LlamaBlock& weights,
                       LlamaSavedActivations& saved, const LlamaBlock& gradient,
                       const at::Tensor& grad) {
  const LlamaConfig& config = pass.config;
  const auto type = grad.options();
  LlamaScratch& scratch = pass.scratch;
  const int64_t tokens = grad.size(0);
  if (pass.block.recompute == Recompute::none) {
    rms_norm_forward(saved.residual.get(), weights.mlp_norm, config.rms_norm_eps,
                     scratch.normed.take(grad.sizes(), type), saved.residual_rms.get());
  } else {
    gate_up_forward(pass, weights, saved);
  }
  const at::Tensor normed = scratch.normed.get(), gate_up = gate_up_of(pass, saved).get();
  const at::Tensor activated = scratch.activated.take({tokens, config.intermediate_size}, type);
  const at::Tensor grad_activated = scratch.grad_activated.take(activated.sizes(), type);
  const at::Tensor grad_gate_up = scratch.grad_gate_up.take(gate_up.sizes(), type);
  const at::Tensor grad_normed = scratch.grad_normed.take(grad.sizes(), type);

  linear_backward_input(grad, weights.down, grad_activated);
  gated_silu_backward(grad_activated, gate_up, activated, grad_gate_up);
  pass.block.add_in_order(
      [&] { linear_backward_weight(grad, activated, weights.down, gradient.down); });
  linear_backward(pass.block, grad_gate_up, normed, weights.gate_up, gradient.gate_up, grad_normed);
  pass.block.add_in_order([&] {
    rms_norm_backward(grad_normed, {saved.residual.get(), saved.residual_rms.get()},
                      weights.mlp_norm, grad, gradient.mlp_norm, WriteMode::add);
  });
}

}  // namespace

void llama_block_forward(const LlamaPass& pass, const LlamaBlock& weights,
                         LlamaSavedActivations& saved, const at::Tensor& output) {
  residual_forward(pass, weights, saved);
  gate_up_forward(pass, weights, saved);
  const at::Tensor activated = pass.scratch.activated.take(
      {output.size(0), pass.config.intermediate_size}, output.options());
  gated_silu_forward(gate_up_of(pass, saved).get(), activated);
  linear_add_forward(activated, weights.down, saved.residual.get(), output);
}

void llama_block_backward(const LlamaPass& pass, const LlamaBlock& weights,
                          LlamaSavedActivations& saved, const LlamaBlock& gradient,
                          const at::Tensor& grad_output, const at::Tensor& grad_input) {
  LlamaScratch& scratch = pass.scratch;
  if (pass.block.recompute == Recompute::inputs) residual_forward(pass, weights, saved);
  mlp_part_backward(pass, weights, saved, gradient, grad_output);
  const at::Tensor attention_output = saved.attention_output.get();
  const at::Tensor grad_attention_output =
      scratch.grad_attention_output.take(attention_output.sizes(), attention_output.options());
  output_backward(pass.block, grad_output, attention_output.flatten(1), weights.output,
                  gradient.output, {scratch.pool_attention, scratch.grad_pool_attention},
                  grad_attention_output.flatten(1));
  if (pass.block.last) scatter_pool(pass.block, grad_output, grad_input);
  attention_part_backward(pass, weights, saved, gradient, grad_input);
}

}  // namespace laurel
