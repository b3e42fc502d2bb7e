// The reward head: from the last block's output to rewards at the scored positions, and back.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "data/batch.h"
#include "model/buffer.h"
#include "model/parameters.h"

namespace laurel {

// "score.weight" (columns, hidden_size), without a bias, and where losses have numbers of their own
// to learn, "loss_parameters" (S).
Layout head_layout(int64_t columns, int64_t hidden_size, int64_t loss_parameters = 0);

// score.weight: normal, standard deviation 1 / sqrt(hidden_size + 1), reproducible from the seed.
void init_head(ParameterBuffer& head, uint64_t seed);

// Weights, or the gradient in the same places.
struct HeadBlock {
  at::Tensor norm;   // (D), the backbone's final norm
  at::Tensor score;  // (C, D)
};

// What head_backward needs. N tokens are pooled by P positions, N = P where each pools one token.
struct HeadSavedActivations {
  at::Tensor hidden;   // (N, D), in the head's type
  Buffer rms, normed;  // (N), (N, D)
  Buffer pooled;       // (P, D), the mean over the tokens that each position pools
};

// hidden (N, D), the last block's output at the tokens that positions pool -> rewards (P, C) = mean
// over the row's tokens of rms_norm(hidden) times score^T, all in the head's type.
at::Tensor head_forward(const at::Tensor& hidden, const TokenBatch& tokens,
                        const HeadBlock& weights, double eps, HeadSavedActivations& saved);

// Adds to `gradient`; overwrites grad_hidden (N, D).
void head_backward(const at::Tensor& grad_rewards, const TokenBatch& tokens,
                   const HeadBlock& weights, HeadSavedActivations& saved, const HeadBlock& gradient,
                   const at::Tensor& grad_hidden);

}  // namespace laurel
