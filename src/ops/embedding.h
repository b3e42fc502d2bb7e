// Embedding lookup, times a constant where a family scales it, and its gradient.
#pragma once

#include <ATen/core/Tensor.h>

namespace laurel {

// out (T, D) = scale * rows ids (T, int32) of weight (V, D),
// rounded once, ties to even. Ids must be in [0, V).
void embedding_forward(const at::Tensor& ids, const at::Tensor& weight, const at::Tensor& out,
                       double scale = 1);

// out (T, D) += the rows: sums of embeddings, of positions or token types.
void embedding_add_forward(const at::Tensor& ids, const at::Tensor& weight, const at::Tensor& out);

// Of both: grad_weight (fp32 where grad is bf16): grad_weight[ids[t]] += scale * grad[t], in the
// order of t.
void embedding_backward(const at::Tensor& grad, const at::Tensor& ids,
                        const at::Tensor& grad_weight, double scale = 1);

}  // namespace laurel
