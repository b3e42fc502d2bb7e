// A block's rows at the pooled tokens: the last block computes no others behind its attention.
#pragma once

#include <ATen/core/Tensor.h>

#include "model/block_pass.h"
#include "model/buffer.h"

namespace laurel {

// The rows of x (T, W) that the rest of the block computes: all, or in the last block the pooled
// ones, in `buffer`.
at::Tensor select_pooled(const BlockPass& pass, const at::Tensor& x, Buffer& buffer);

// The way back: rows (N, W) at the pooled tokens of x (T, W), zero elsewhere.
void scatter_pooled(const BlockPass& pass, const at::Tensor& rows, const at::Tensor& x);

}  // namespace laurel
