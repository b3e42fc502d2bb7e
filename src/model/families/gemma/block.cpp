// One Gemma block, forward and backward. T tokens, D width, H query heads, G key/value heads, K
// head dim, I intermediate width.
#include "model/families/gemma/block.h"

#include <ATen/ops/add.h>

#include "ops/attention.h"
#include "ops/gated.h"
#include "ops/linear.h"
#include "ops/norm.h"
#include "ops/types.h"

namespace laurel {

namespace {

constexpr NormScale kGemmaScale = NormScale::one_plus_weight;

Qkv heads_of(const GemmaConfig& config, const at::Tensor& qkv) {
  return split_heads(qkv, config.heads, config.kv_heads);
}

// q and k of packed q, k, v (T, H + 2 G, K): what rope turns.
at::Tensor turned_heads(const GemmaConfig& config, const at::Tensor& qkv) {
  return qkv.narrow(1, 0, config.heads + config.kv_heads);
}

AttentionMask mask_of(const GemmaPass& pass) {
  AttentionMask mask = attention_mask(pass.block, pass.config.window.at(pass.block.layer));
  mask.scale = pass.config.query_scale;
  mask.soft_cap = pass.config.soft_cap;
  return mask;
}

const RopeTable& table_of(const GemmaPass& pass) {
  return pass.config.window.at(pass.block.layer) > 0 ? pass.ropes.sliding : pass.ropes.full;
}

HeadNorms head_norms(const GemmaConfig& config, const GemmaBlock& block) {
  return {block.q_norm, block.k_norm, config.rms_norm_eps, kGemmaScale};
}

Buffer& gate_up_of(const GemmaPass& pass, GemmaSavedActivations& saved) {
  return pass.block.recompute == Recompute::none ? saved.gate_up : pass.scratch.gate_up;
}

// output (N, D) = base + linear(x), or in Gemma 2 and 3 base + norm(linear(x)).
void add_branch(const GemmaPass& pass, const at::Tensor& x, const Linear& linear,
                const at::Tensor& norm, GemmaBranch& saved, const at::Tensor& base,
                const at::Tensor& output) {
  if (!pass.config.post_norms) return linear_add_forward(x, linear, base, output);
  const auto type = base.options();
  const at::Tensor branch = saved.values.take(base.sizes(), type);
  const at::Tensor normed = pass.scratch.branch.take(base.sizes(), type);
  linear_forward(x, linear, branch);
  rms_norm_forward(branch, norm, pass.config.rms_norm_eps, normed,
                   saved.rms.take({base.size(0)}, compute_type(type)), kGemmaScale);
  at::Tensor sum = output;
  at::add_out(sum, base, normed);
}

// The gradient of linear(x), of `grad`, which is that of the output and of the base.
at::Tensor branch_backward(const GemmaPass& pass, const at::Tensor& grad, const at::Tensor& norm,
                           GemmaBranch& saved, const at::Tensor& grad_norm) {
  if (!pass.config.post_norms) return grad;
  const at::Tensor grad_branch = pass.scratch.grad_branch.take(grad.sizes(), grad.options());
  pass.block.add_in_order([&] {
    rms_norm_backward(grad, {saved.values.get(), saved.rms.get()}, norm, grad_branch, grad_norm,
                      WriteMode::overwrite, kGemmaScale);
  });
  return grad_branch;
}

// attention_output (T, H K) = attention of the normed input.
void attention_part_forward(const GemmaPass& pass, const GemmaBlock& weights,
                            GemmaSavedActivations& saved) {
  const GemmaConfig& config = pass.config;
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
                   saved.input_rms.take({tokens}, compute_type(type)), kGemmaScale);
  linear_forward(normed, weights.qkv, qkv.flatten(1));
  if (config.qk_norm) {
    head_norms_forward(head_norms(config, weights), heads_of(config, qkv), saved.head_norms);
  }
  rope(turned_heads(config, qkv), pass.block.tokens.position_ids, table_of(pass), Rotate::forward);
  attention_forward(heads_of(config, qkv), mask_of(pass), {attention_output, logsumexp});
}

// grad_attention_output in scratch -> grad (T, D) += gradient of the input by way of attention.
void attention_part_backward(const GemmaPass& pass, const GemmaBlock& weights,
                             GemmaSavedActivations& saved, const GemmaBlock& gradient,
                             const at::Tensor& grad) {
  const GemmaConfig& config = pass.config;
  const at::Tensor qkv = saved.qkv.get();
  const auto type = qkv.options();
  const at::Tensor grad_qkv = pass.scratch.grad_qkv.take(qkv.sizes(), type);
  const at::Tensor normed = pass.scratch.normed.take(grad.sizes(), type);
  const at::Tensor grad_normed = pass.scratch.grad_normed.take(grad.sizes(), type);
  const Qkv grad_heads = heads_of(config, grad_qkv);

  attention_backward(pass.scratch.grad_attention_output.get(), heads_of(config, qkv), mask_of(pass),
                     {saved.attention_output.get(), saved.logsumexp.get()}, grad_heads);
  rope(turned_heads(config, grad_qkv), pass.block.tokens.position_ids, table_of(pass),
       Rotate::backward);
  if (config.qk_norm) {
    head_norms_backward(pass.block, head_norms(config, weights), saved.head_norms,
                        head_norms(config, gradient), grad_heads);
  }
  rms_norm_forward(pass.block.input, weights.attention_norm, config.rms_norm_eps, normed,
                   saved.input_rms.get(), kGemmaScale);
  linear_backward(pass.block, grad_qkv.flatten(1), normed, weights.qkv, gradient.qkv, grad_normed);
  pass.block.add_in_order([&] {
    rms_norm_backward(grad_normed, {pass.block.input, saved.input_rms.get()},
                      weights.attention_norm, grad, gradient.attention_norm, WriteMode::add,
                      kGemmaScale);
  });
}

// residual (N, D) = input + attention.
void residual_forward(const GemmaPass& pass, const GemmaBlock& weights,
                      GemmaSavedActivations& saved) {
  attention_part_forward(pass, weights, saved);
  const at::Tensor input = select_pool(pass.block, pass.block.input, pass.scratch.pool_input);
  add_branch(
      pass,
      select_pool(pass.block, saved.attention_output.get().flatten(1), pass.scratch.pool_attention),
      weights.output, weights.attention_post_norm, saved.attention, input,
      saved.residual.take(input.sizes(), input.options()));
}

// normed (N, D) and gate_up (N, 2 I) of `residual`.
void gate_up_forward(const GemmaPass& pass, const GemmaBlock& weights,
                     GemmaSavedActivations& saved) {
  const at::Tensor residual = saved.residual.get();
  const auto type = residual.options();
  const int64_t tokens = residual.size(0);
  const at::Tensor normed = pass.scratch.normed.take(residual.sizes(), type);
  const at::Tensor gate_up =
      gate_up_of(pass, saved).take({tokens, 2 * pass.config.intermediate_size}, type);
  rms_norm_forward(residual, weights.mlp_norm, pass.config.rms_norm_eps, normed,
                   saved.residual_rms.take({tokens}, compute_type(type)), kGemmaScale);
  linear_forward(normed, weights.gate_up, gate_up);
}

// output (N, D) = residual + MLP.
void mlp_forward(const GemmaPass& pass, const GemmaBlock& weights, GemmaSavedActivations& saved,
                 const at::Tensor& output) {
  gate_up_forward(pass, weights, saved);
  const at::Tensor activated = pass.scratch.activated.take(
      {output.size(0), pass.config.intermediate_size}, output.options());
  gated_gelu_tanh_forward(gate_up_of(pass, saved).get(), activated);
  add_branch(pass, activated, weights.down, weights.mlp_post_norm, saved.mlp, saved.residual.get(),
             output);
}

// What mlp_part_backward needs: normed in scratch, and what was not kept.
void mlp_again(const GemmaPass& pass, const GemmaBlock& weights, GemmaSavedActivations& saved) {
  const at::Tensor residual = saved.residual.get();
  if (pass.block.recompute == Recompute::none) {
    rms_norm_forward(residual, weights.mlp_norm, pass.config.rms_norm_eps,
                     pass.scratch.normed.take(residual.sizes(), residual.options()),
                     saved.residual_rms.get(), kGemmaScale);
  } else if (pass.block.recompute == Recompute::inputs && pass.config.post_norms) {
    mlp_forward(pass, weights, saved,
                pass.scratch.output.take(residual.sizes(), residual.options()));
  } else {
    gate_up_forward(pass, weights, saved);
  }
}

// grad (N, D) of the block's output += gradient of `residual` by way of the MLP.
void mlp_part_backward(const GemmaPass& pass, const GemmaBlock& weights,
                       GemmaSavedActivations& saved, const GemmaBlock& gradient,
                       const at::Tensor& grad) {
  mlp_again(pass, weights, saved);
  const auto type = grad.options();
  GemmaScratch& scratch = pass.scratch;
  const at::Tensor normed = scratch.normed.get(), gate_up = gate_up_of(pass, saved).get();
  const at::Tensor activated =
      scratch.activated.take({grad.size(0), pass.config.intermediate_size}, type);
  const at::Tensor grad_activated = scratch.grad_activated.take(activated.sizes(), type);
  const at::Tensor grad_gate_up = scratch.grad_gate_up.take(gate_up.sizes(), type);
  const at::Tensor grad_normed = scratch.grad_normed.take(grad.sizes(), type);

  const at::Tensor grad_down =
      branch_backward(pass, grad, weights.mlp_post_norm, saved.mlp, gradient.mlp_post_norm);
  linear_backward_input(grad_down, weights.down, grad_activated);
  gated_gelu_tanh_backward(grad_activated, gate_up, activated, grad_gate_up);
  pass.block.add_in_order(
      [&] { linear_backward_weight(grad_down, activated, weights.down, gradient.down); });
  linear_backward(pass.block, grad_gate_up, normed, weights.gate_up, gradient.gate_up, grad_normed);
  pass.block.add_in_order([&] {
    rms_norm_backward(grad_normed, {saved.residual.get(), saved.residual_rms.get()},
                      weights.mlp_norm, grad, gradient.mlp_norm, WriteMode::add, kGemmaScale);
  });
}

}  // namespace

void gemma_block_forward(const GemmaPass& pass, const GemmaBlock& weights,
                         GemmaSavedActivations& saved, const at::Tensor& output) {
  residual_forward(pass, weights, saved);
  mlp_forward(pass, weights, saved, output);
}

void gemma_block_backward(const GemmaPass& pass, const GemmaBlock& weights,
                          GemmaSavedActivations& saved, const GemmaBlock& gradient,
                          const at::Tensor& grad_output, const at::Tensor& grad_input) {
  GemmaScratch& scratch = pass.scratch;
  if (pass.block.recompute == Recompute::inputs) residual_forward(pass, weights, saved);
  mlp_part_backward(pass, weights, saved, gradient, grad_output);
  const at::Tensor attention_output = saved.attention_output.get();
  const at::Tensor grad_attention_output =
      scratch.grad_attention_output.take(attention_output.sizes(), attention_output.options());
  const at::Tensor grad_branch = branch_backward(pass, grad_output, weights.attention_post_norm,
                                                 saved.attention, gradient.attention_post_norm);
  output_backward(pass.block, grad_branch, attention_output.flatten(1), weights.output,
                  gradient.output, {scratch.pool_attention, scratch.grad_pool_attention},
                  grad_attention_output.flatten(1));
  if (pass.block.last) scatter_pool(pass.block, grad_output, grad_input);
  attention_part_backward(pass, weights, saved, gradient, grad_input);
}

}  // namespace laurel
