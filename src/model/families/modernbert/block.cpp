// One ModernBERT block, forward and backward (2412.13663): pre-norm but in the first, rope, local or
// global attention, gated GELU. T tokens, D width, H heads, K head dim, I intermediate width.
#include "model/families/modernbert/block.h"

#include "model/block_parts.h"
#include "ops/attention.h"
#include "ops/exact_gelu.h"
#include "ops/types.h"

namespace laurel {

namespace {

Qkv heads_of(const ModernBertConfig& config, const at::Tensor& qkv) {
  return split_heads(qkv, config.heads, config.heads);
}

AttentionMask mask_of(const ModernBertPass& pass) {
  return attention_mask(pass.block, pass.local() ? pass.config.window : 0, false);
}

void rotate(const ModernBertPass& pass, const at::Tensor& qkv, Rotate direction) {
  rope(qkv.narrow(1, 0, 2 * pass.config.heads), pass.block.tokens.position_ids,
       pass.local() ? pass.ropes.local : pass.ropes.global, direction);
}

Buffer& gate_up_of(const ModernBertPass& pass, ModernBertSavedActivations& saved) {
  return pass.block.recompute == Recompute::none ? saved.gate_up : pass.scratch.gate_up;
}

// The input's norm (T, D); the first block takes its input as it is: the embedding has a norm.
at::Tensor attention_input(const ModernBertPass& pass, const ModernBertBlock& weights,
                           ModernBertSavedActivations& saved) {
  const at::Tensor& x = pass.block.input;
  if (!weights.attention_norm.weight.defined()) return x;
  const at::Tensor normed = pass.scratch.normed.take(x.sizes(), x.options());
  layer_norm_forward(x, weights.attention_norm, pass.config.norm_eps, normed,
                     saved.attention_norm.take(x.size(0), x.options()));
  return normed;
}

// residual (N, D) = input + attention.
void residual_forward(const ModernBertPass& pass, const ModernBertBlock& weights,
                      ModernBertSavedActivations& saved) {
  const ModernBertConfig& config = pass.config;
  const at::Tensor& x = pass.block.input;
  const int64_t tokens = x.size(0), head_dim = config.head_dim();
  const auto type = x.options();
  const at::Tensor qkv = saved.qkv.take({tokens, 3 * config.heads, head_dim}, type);
  const at::Tensor attended = saved.attention_output.take({tokens, config.heads, head_dim}, type);
  const at::Tensor logsumexp = saved.logsumexp.take({tokens, config.heads}, compute_type(type));
  linear_forward(attention_input(pass, weights, saved), weights.qkv, qkv.flatten(1));
  rotate(pass, qkv, Rotate::forward);
  attention_forward(heads_of(config, qkv), mask_of(pass), {attended, logsumexp});
  const at::Tensor input = select_pool(pass.block, x, pass.scratch.pool_input);
  dropped_branch_forward(pass.block, DropoutPlace::attention_output,
                         select_pool(pass.block, attended.flatten(1), pass.scratch.pool_attention),
                         weights.output, input, saved.residual.take(input.sizes(), type));
}

// Fills scratch.normed (N, D), the norm of `residual`.
at::Tensor mlp_input(const ModernBertPass& pass, const ModernBertBlock& weights,
                     ModernBertSavedActivations& saved) {
  const at::Tensor residual = saved.residual.get();
  const at::Tensor normed = pass.scratch.normed.take(residual.sizes(), residual.options());
  layer_norm_forward(residual, weights.mlp_norm, pass.config.norm_eps, normed,
                     saved.mlp_norm.take(residual.size(0), residual.options()));
  return normed;
}

at::Tensor gate_up_forward(const ModernBertPass& pass, const ModernBertBlock& weights,
                           ModernBertSavedActivations& saved, const at::Tensor& normed) {
  const at::Tensor gate_up =
      gate_up_of(pass, saved)
          .take({normed.size(0), 2 * pass.config.intermediate_size}, normed.options());
  linear_forward(normed, weights.gate_up, gate_up);
  return gate_up;
}

// grad (N, D) of the block's output += gradient of `residual` by way of the MLP.
void mlp_part_backward(const ModernBertPass& pass, const ModernBertBlock& weights,
                       ModernBertSavedActivations& saved, const ModernBertBlock& gradient,
                       const at::Tensor& grad) {
  ModernBertScratch& scratch = pass.scratch;
  const auto type = grad.options();
  const at::Tensor normed = mlp_input(pass, weights, saved);
  const at::Tensor gate_up = pass.block.recompute == Recompute::none
                                 ? saved.gate_up.get()
                                 : gate_up_forward(pass, weights, saved, normed);
  const at::Tensor activated =
      scratch.activated.take({grad.size(0), pass.config.intermediate_size}, type);
  const at::Tensor grad_activated = scratch.grad_activated.take(activated.sizes(), type);
  const at::Tensor grad_gate_up = scratch.grad_gate_up.take(gate_up.sizes(), type);
  const at::Tensor grad_normed = scratch.grad_normed.take(grad.sizes(), type);
  const DropoutMask mask = pass.block.drop_rest(DropoutPlace::mlp);
  linear_backward_input(grad, weights.down, grad_activated);
  drop(grad_activated, mask);
  gated_exact_gelu_backward(grad_activated, gate_up, activated, grad_gate_up);
  drop(activated, mask);
  pass.block.add_in_order(
      [&] { linear_backward_weight(grad, activated, weights.down, gradient.down); });
  linear_backward(pass.block, grad_gate_up, normed, weights.gate_up, gradient.gate_up, grad_normed);
  pass.block.add_in_order([&] {
    layer_norm_backward(grad_normed, saved.residual.get(), saved.mlp_norm.get(),
                        weights.mlp_norm.weight, grad, gradient.mlp_norm, WriteMode::add);
  });
}

// grad_attention_output in scratch -> grad (T, D) += gradient of the input by way of attention.
void attention_part_backward(const ModernBertPass& pass, const ModernBertBlock& weights,
                             ModernBertSavedActivations& saved, const ModernBertBlock& gradient,
                             const at::Tensor& grad) {
  const at::Tensor qkv = saved.qkv.get();
  const at::Tensor grad_qkv = pass.scratch.grad_qkv.take(qkv.sizes(), grad.options());
  attention_backward(pass.scratch.grad_attention_output.get(), heads_of(pass.config, qkv),
                     mask_of(pass), {saved.attention_output.get(), saved.logsumexp.get()},
                     heads_of(pass.config, grad_qkv));
  rotate(pass, grad_qkv, Rotate::backward);
  const at::Tensor normed = attention_input(pass, weights, saved);
  const at::Tensor grad_normed = pass.scratch.grad_normed.take(grad.sizes(), grad.options());
  linear_backward(pass.block, grad_qkv.flatten(1), normed, weights.qkv, gradient.qkv, grad_normed);
  if (!weights.attention_norm.weight.defined()) {
    grad.add_(grad_normed);
    return;
  }
  pass.block.add_in_order([&] {
    layer_norm_backward(grad_normed, pass.block.input, saved.attention_norm.get(),
                        weights.attention_norm.weight, grad, gradient.attention_norm,
                        WriteMode::add);
  });
}

}  // namespace

void modernbert_block_forward(const ModernBertPass& pass, const ModernBertBlock& weights,
                              ModernBertSavedActivations& saved, const at::Tensor& output) {
  residual_forward(pass, weights, saved);
  const at::Tensor gate_up = gate_up_forward(pass, weights, saved, mlp_input(pass, weights, saved));
  const at::Tensor activated = pass.scratch.activated.take(
      {output.size(0), pass.config.intermediate_size}, output.options());
  gated_exact_gelu_forward(gate_up, activated);
  drop(activated, pass.block.drop_rest(DropoutPlace::mlp));
  linear_add_forward(activated, weights.down, saved.residual.get(), output);
}

void modernbert_block_backward(const ModernBertPass& pass, const ModernBertBlock& weights,
                               ModernBertSavedActivations& saved, const ModernBertBlock& gradient,
                               const at::Tensor& grad_output, const at::Tensor& grad_input) {
  ModernBertScratch& scratch = pass.scratch;
  if (pass.block.recompute == Recompute::inputs) residual_forward(pass, weights, saved);
  mlp_part_backward(pass, weights, saved, gradient, grad_output);
  const at::Tensor attended = saved.attention_output.get();
  const at::Tensor grad_attended =
      scratch.grad_attention_output.take(attended.sizes(), attended.options());
  const at::Tensor grad_branch = dropped_branch_backward(pass.block, DropoutPlace::attention_output,
                                                         grad_output, scratch.grad_normed);
  output_backward(pass.block, grad_branch, attended.flatten(1), weights.output, gradient.output,
                  {scratch.pool_attention, scratch.grad_pool_attention}, grad_attended.flatten(1));
  if (pass.block.last) scatter_pool(pass.block, grad_output, grad_input);
  attention_part_backward(pass, weights, saved, gradient, grad_input);
}

}  // namespace laurel
