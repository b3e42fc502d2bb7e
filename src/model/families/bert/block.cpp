// One BERT block, forward and backward (1810.04805): attention and MLP, each added to its input and
// then normed. T tokens, D width, H heads, K head dim, I intermediate width.
#include "model/families/bert/block.h"

#include "model/block_parts.h"
#include "ops/attention.h"
#include "ops/exact_gelu.h"
#include "ops/types.h"

namespace laurel {

namespace {

Qkv heads_of(const BertConfig& config, const at::Tensor& qkv) {
  return split_heads(qkv, config.heads, config.heads);
}

AttentionMask mask_of(const BertPass& pass) { return attention_mask(pass.block, 0, false); }

Buffer& intermediate_of(const BertPass& pass, BertSavedActivations& saved) {
  return pass.block.recompute == Recompute::none ? saved.intermediate : pass.scratch.intermediate;
}

// normed (N, D) of the attention's sum.
at::Tensor attention_norm_forward(const BertPass& pass, const BertBlock& weights,
                                  BertSavedActivations& saved) {
  const at::Tensor sum = saved.attention_sum.get();
  const at::Tensor normed = pass.scratch.normed.take(sum.sizes(), sum.options());
  layer_norm_forward(sum, weights.attention_norm, pass.config.layer_norm_eps, normed,
                     saved.attention_norm.take(sum.size(0), sum.options()));
  return normed;
}

// sum (N, D) = input + attention.
void attention_part_forward(const BertPass& pass, const BertBlock& weights,
                            BertSavedActivations& saved) {
  const BertConfig& config = pass.config;
  const at::Tensor& x = pass.block.input;
  const int64_t tokens = x.size(0), head_dim = config.head_dim();
  const auto type = x.options();
  const at::Tensor qkv = saved.qkv.take({tokens, 3 * config.heads, head_dim}, type);
  const at::Tensor attended = saved.attention_output.take({tokens, config.heads, head_dim}, type);
  const at::Tensor logsumexp = saved.logsumexp.take({tokens, config.heads}, compute_type(type));
  linear_forward(x, weights.qkv, qkv.flatten(1));
  attention_forward(heads_of(config, qkv), mask_of(pass), {attended, logsumexp});
  const at::Tensor input = select_pool(pass.block, x, pass.scratch.pool_input);
  dropped_branch_forward(pass.block, DropoutPlace::attention_output,
                         select_pool(pass.block, attended.flatten(1), pass.scratch.pool_attention),
                         weights.output, input, saved.attention_sum.take(input.sizes(), type));
}

// grad (N, D) of the attention's sum -> grad_input (T, D).
void attention_part_backward(const BertPass& pass, const BertBlock& weights,
                             BertSavedActivations& saved, const BertBlock& gradient,
                             const at::Tensor& grad, const at::Tensor& grad_input) {
  const at::Tensor qkv = saved.qkv.get(), attended = saved.attention_output.get();
  const auto type = grad.options();
  BertScratch& scratch = pass.scratch;
  const at::Tensor grad_attended = scratch.grad_attention_output.take(attended.sizes(), type);
  const at::Tensor grad_branch = dropped_branch_backward(pass.block, DropoutPlace::attention_output,
                                                         grad, scratch.grad_normed);
  output_backward(pass.block, grad_branch, attended.flatten(1), weights.output, gradient.output,
                  {scratch.pool_attention, scratch.grad_pool_attention}, grad_attended.flatten(1));
  if (pass.block.last) scatter_pool(pass.block, grad, grad_input);
  const at::Tensor grad_qkv = scratch.grad_qkv.take(qkv.sizes(), type);
  attention_backward(grad_attended, heads_of(pass.config, qkv), mask_of(pass),
                     {attended, saved.logsumexp.get()}, heads_of(pass.config, grad_qkv));
  const at::Tensor grad_x = scratch.grad_normed.take(grad_input.sizes(), type);
  linear_backward(pass.block, grad_qkv.flatten(1), pass.block.input, weights.qkv, gradient.qkv,
                  grad_x);
  grad_input.add_(grad_x);
}

// grad (N, D) of the MLP's sum -> of the attention norm's output, in place.
void mlp_part_backward(const BertPass& pass, const BertBlock& weights, BertSavedActivations& saved,
                       const BertBlock& gradient, const at::Tensor& grad) {
  BertScratch& scratch = pass.scratch;
  const auto type = grad.options();
  const at::Tensor normed = attention_norm_forward(pass, weights, saved);
  const std::vector<int64_t> wide{grad.size(0), pass.config.intermediate_size};
  Buffer& buffer = intermediate_of(pass, saved);
  if (pass.block.recompute != Recompute::none) {
    linear_forward(normed, weights.intermediate, buffer.take(wide, type));
  }
  const at::Tensor activated = scratch.activated.take(wide, type);
  const at::Tensor grad_activated = scratch.grad_activated.take(wide, type);
  const at::Tensor grad_intermediate = scratch.grad_intermediate.take(wide, type);
  const at::Tensor grad_branch =
      dropped_branch_backward(pass.block, DropoutPlace::mlp, grad, scratch.grad_normed);
  linear_backward_input(grad_branch, weights.down, grad_activated);
  exact_gelu_backward(grad_activated, buffer.get(), activated, grad_intermediate);
  pass.block.add_in_order(
      [&] { linear_backward_weight(grad_branch, activated, weights.down, gradient.down); });
  linear_backward(pass.block, grad_intermediate, normed, weights.intermediate,
                  gradient.intermediate, scratch.grad_normed.take(grad.sizes(), type));
  grad.add_(scratch.grad_normed.get());
}

// In place on grad (N, D) of a norm's output.
void bert_norm_backward(const BertPass& pass, const LayerNorm& norm, const at::Tensor& sum,
                        SavedLayerNorm& saved, const LayerNorm& gradient, const at::Tensor& grad) {
  pass.block.add_in_order([&] {
    layer_norm_backward(grad, sum, saved.get(), norm.weight, grad, gradient, WriteMode::overwrite);
  });
}

}  // namespace

void bert_block_forward(const BertPass& pass, const BertBlock& weights, BertSavedActivations& saved,
                        const at::Tensor& output) {
  attention_part_forward(pass, weights, saved);
  const at::Tensor normed = attention_norm_forward(pass, weights, saved);
  const auto type = normed.options();
  const std::vector<int64_t> wide{normed.size(0), pass.config.intermediate_size};
  const at::Tensor intermediate = intermediate_of(pass, saved).take(wide, type);
  const at::Tensor activated = pass.scratch.activated.take(wide, type);
  linear_forward(normed, weights.intermediate, intermediate);
  exact_gelu_forward(intermediate, activated);
  const at::Tensor sum = saved.output_sum.take(normed.sizes(), type);
  dropped_branch_forward(pass.block, DropoutPlace::mlp, activated, weights.down, normed, sum);
  layer_norm_forward(sum, weights.output_norm, pass.config.layer_norm_eps, output,
                     saved.output_norm.take(sum.size(0), type));
}

void bert_block_backward(const BertPass& pass, const BertBlock& weights,
                         BertSavedActivations& saved, const BertBlock& gradient,
                         const at::Tensor& grad_output, const at::Tensor& grad_input) {
  if (pass.block.recompute == Recompute::inputs) {
    bert_block_forward(pass, weights, saved,
                       pass.scratch.output.take(grad_output.sizes(), grad_output.options()));
  }
  bert_norm_backward(pass, weights.output_norm, saved.output_sum.get(), saved.output_norm,
                     gradient.output_norm, grad_output);
  mlp_part_backward(pass, weights, saved, gradient, grad_output);
  bert_norm_backward(pass, weights.attention_norm, saved.attention_sum.get(), saved.attention_norm,
                     gradient.attention_norm, grad_output);
  attention_part_backward(pass, weights, saved, gradient, grad_output, grad_input);
}

}  // namespace laurel
