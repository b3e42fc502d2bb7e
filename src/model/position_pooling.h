// From tokens to positions: each position's token, or the mean over its tokens, and back.
#pragma once

#include <ATen/core/Tensor.h>

#include "data/batch.h"

namespace laurel {

// x (N, D) at the tokens that positions pool, position by position -> pooled (P, D).
void pool_forward(const at::Tensor& x, const TokenBatch& tokens, const at::Tensor& pooled);

// grad_pooled (P, D) -> grad (N, D), overwritten.
void pool_backward(const at::Tensor& grad_pooled, const TokenBatch& tokens, const at::Tensor& grad);

}  // namespace laurel
