// The reward head: from the last block's output to rewards at the rows' read tokens, and back.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "data/batch.h"
#include "model/buffer.h"
#include "model/parameters.h"

namespace laurel {

// "score.weight" (columns, hidden_size), without a bias, and where losses have numbers of their own
// to learn, "scalars" (scalars).
Layout head_layout(int64_t columns, int64_t hidden_size, int64_t scalars = 0);

// score.weight: normal, standard deviation 1 / sqrt(hidden_size + 1), reproducible from the seed.
void init_head(Store& head, uint64_t seed);

// Weights, or the gradient in the same places.
struct HeadBlock {
  at::Tensor norm;   // (D), the backbone's final norm
  at::Tensor score;  // (C, D)
};

// What head_backward needs. N tokens are read by R rows, N = R where every row reads one token.
struct HeadKept {
  at::Tensor read;     // (N, D), in the head's type
  Buffer rms, normed;  // (N), (N, D)
  Buffer pooled;       // (R, D), the mean over each row's reads
};

// read (N, D), the last block's output at the tokens that rows read -> rewards (R, C) = mean over
// the row's tokens of rms_norm(read) times score^T, all in the head's type.
at::Tensor head_forward(const at::Tensor& read, const TokenBatch& tokens, const HeadBlock& weights,
                        double eps, HeadKept& kept);

// Adds to `gradient`; overwrites grad_read (N, D).
void head_backward(const at::Tensor& grad_rewards, const TokenBatch& tokens,
                   const HeadBlock& weights, HeadKept& kept, const HeadBlock& gradient,
                   const at::Tensor& grad_read);

}  // namespace laurel
