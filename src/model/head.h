// The reward head: a linear map from features of the scored positions to rewards, and back.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "model/parameters.h"

namespace laurel {

inline constexpr const char* kHeadName = "score.weight";
inline constexpr const char* kHeadBias = "score.bias";

// The head's tensors as a family's classifier of transformers names them.
struct HeadNames {
  std::string weight = kHeadName, bias = kHeadBias;
};

// The weight (columns, hidden_size), where it has one the bias (columns), and where losses have
// numbers of their own to learn, "loss_parameters" (S).
Layout head_layout(int64_t columns, int64_t hidden_size, int64_t loss_parameters = 0,
                   bool bias = false, const HeadNames& names = {});

// Of such a layout.
const TensorSpec& head_weight(const Layout& layout);
const TensorSpec* head_bias(const Layout& layout);  // nullptr: none

// The weight: normal, standard deviation 1 / sqrt(hidden_size + 1), reproducible from the seed. A
// bias becomes 0.
void init_head(ParameterBuffer& head, uint64_t seed);

// features (P, D) -> rewards (P, C) = features weight^T + bias, in the head's type.
at::Tensor head_forward(const at::Tensor& features, const ParameterBuffer& head);

// Gradient of the features (P, D). Adds to that of the head.
at::Tensor head_backward(const at::Tensor& grad_rewards, const at::Tensor& features,
                         const ParameterBuffer& head);

}  // namespace laurel
