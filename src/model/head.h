// The reward head: a linear map from features of the scored positions to rewards, and back.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "model/parameters.h"

namespace laurel {

inline constexpr const char* kHeadName = "score.weight";

// "score.weight" (columns, hidden_size), without a bias, and where losses have numbers of their own
// to learn, "loss_parameters" (S).
Layout head_layout(int64_t columns, int64_t hidden_size, int64_t loss_parameters = 0);

// score.weight: normal, standard deviation 1 / sqrt(hidden_size + 1), reproducible from the seed.
void init_head(ParameterBuffer& head, uint64_t seed);

// features (P, D) -> rewards (P, C) = features score^T, in the head's type.
at::Tensor head_forward(const at::Tensor& features, const ParameterBuffer& head);

// Gradient of the features (P, D). Adds to that of the head.
at::Tensor head_backward(const at::Tensor& grad_rewards, const at::Tensor& features,
                         const ParameterBuffer& head);

}  // namespace laurel
