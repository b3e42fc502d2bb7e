// Heads of a fused projection, their norms, the projection behind them, and the rows that positions
// pool.
#include "model/block_parts.h"

#include <ATen/ops/index_select.h>

#include "core/random.h"
#include "ops/types.h"

namespace laurel {

Qkv split_heads(const at::Tensor& qkv, int64_t heads, int64_t kv_heads) {
  return {qkv.narrow(1, 0, heads), qkv.narrow(1, heads, kv_heads),
          qkv.narrow(1, heads + kv_heads, kv_heads)};
}

AttentionMask attention_mask(const BlockPass& pass, int64_t window, bool causal) {
  return {.spans = pass.tokens.spans,
          .window = window,
          .flash_keys = pass.tokens.flash_keys ? &*pass.tokens.flash_keys : nullptr,
          .causal = causal,
          .dropout = pass.drop_all(DropoutPlace::attention)};
}

at::Tensor select_pool(const BlockPass& pass, const at::Tensor& x, Buffer& buffer) {
  if (!pass.last) return x;
  at::Tensor rows = buffer.take({pass.tokens.pool_index.size(0), x.size(1)}, x.options());
  at::index_select_out(rows, x, 0, pass.tokens.pool_index);
  return rows;
}

void scatter_pool(const BlockPass& pass, const at::Tensor& rows, const at::Tensor& x) {
  x.zero_();
  x.index_add_(0, pass.tokens.pool_index, rows);
}

void linear_backward(const BlockPass& pass, const at::Tensor& grad, const at::Tensor& x,
                     const Linear& weights, const Linear& gradient, const at::Tensor& grad_x) {
  const at::Tensor grad_low = weights.adapters.a.defined()
                                  ? adapters_backward_output(grad, weights.adapters)
                                  : at::Tensor{};
  pass.add_in_order([&] { linear_backward_weight(grad, x, weights, gradient, grad_low); });
  linear_backward_input(grad, weights, grad_x, grad_low);
}

void output_backward(const BlockPass& pass, const at::Tensor& grad, const at::Tensor& attended,
                     const Linear& weights, const Linear& gradient, const OutputScratch& scratch,
                     const at::Tensor& grad_attended) {
  const at::Tensor selected = select_pool(pass, attended, scratch.selected);
  if (!pass.last) return linear_backward(pass, grad, selected, weights, gradient, grad_attended);
  const at::Tensor grad_selected = scratch.grad_selected.take(selected.sizes(), grad.options());
  linear_backward(pass, grad, selected, weights, gradient, grad_selected);
  scatter_pool(pass, grad_selected, grad_attended);
}

void set_adapter_dropout(const BlockPass& pass, Linear& all, std::initializer_list<Linear*> rest) {
  all.adapters.dropout = pass.drop_all(DropoutPlace::adapters);
  uint64_t number = 1;
  for (Linear* const linear : rest) {
    linear->adapters.dropout = pass.drop_rest(DropoutPlace::adapters);
    linear->adapters.dropout.place ^= mix64(number++);
  }
}

void dropped_branch_forward(const BlockPass& pass, DropoutPlace place, const at::Tensor& x,
                            const Linear& linear, const at::Tensor& base, const at::Tensor& out) {
  const DropoutMask mask = pass.drop_rest(place);
  if (!mask) return linear_add_forward(x, linear, base, out);
  linear_forward(x, linear, out);
  drop(out, mask);
  out.add_(base);
}

at::Tensor dropped_branch_backward(const BlockPass& pass, DropoutPlace place,
                                   const at::Tensor& grad, Buffer& buffer) {
  const DropoutMask mask = pass.drop_rest(place);
  if (!mask) return grad;
  const at::Tensor dropped = buffer.take(grad.sizes(), grad.options());
  dropped.copy_(grad);
  drop(dropped, mask);
  return dropped;
}

void head_norms_forward(const HeadNorms& norms, const Qkv& qkv, SavedHeadNorms& saved) {
  const auto type = qkv.q.options();
  const int64_t tokens = qkv.q.size(0), heads = qkv.q.size(1), kv_heads = qkv.k.size(1);
  const at::Tensor raw = saved.raw.take({tokens, heads + kv_heads, qkv.q.size(2)}, type);
  const at::Tensor q = raw.narrow(1, 0, heads), k = raw.narrow(1, heads, kv_heads);
  q.copy_(qkv.q);
  k.copy_(qkv.k);
  rms_norm_forward(q, norms.q, norms.eps, qkv.q,
                   saved.q_rms.take({tokens, heads}, compute_type(type)), norms.scale);
  rms_norm_forward(k, norms.k, norms.eps, qkv.k,
                   saved.k_rms.take({tokens, kv_heads}, compute_type(type)), norms.scale);
}

void head_norms_backward(const BlockPass& pass, const HeadNorms& norms, SavedHeadNorms& saved,
                         const HeadNorms& gradient, const Qkv& grad) {
  const int64_t heads = grad.q.size(1), kv_heads = grad.k.size(1);
  const at::Tensor raw = saved.raw.get();
  const at::Tensor q = raw.narrow(1, 0, heads), k = raw.narrow(1, heads, kv_heads);
  pass.add_in_order([&] {
    rms_norm_backward(grad.q, {q, saved.q_rms.get()}, norms.q, grad.q, gradient.q,
                      WriteMode::overwrite, norms.scale);
    rms_norm_backward(grad.k, {k, saved.k_rms.get()}, norms.k, grad.k, gradient.k,
                      WriteMode::overwrite, norms.scale);
  });
}

}  // namespace laurel
