// Which of the head's columns a source's loss sees, and how.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "loss/reward_columns.h"

namespace laurel {

// Columns of the rewards (P, C): one per attribute, then, where a loss needs them, one
// log-variance per attribute.
struct HeadColumns {
  int64_t attributes = 1;
  bool log_variances = false;
};

struct SourceColumns {
  std::vector<int64_t> attributes = {0};  // that its scores judge, in the order of the labels
  std::vector<double> reward_weights =
      {};  // pairs and lists: the weight of each of the head's attributes
  int64_t first_loss_parameter = 0,
          loss_parameters = 0;  // its part of the numbers that losses learn
};

// rewards (P, C), loss_parameters (S). Pairs and lists get one column, the weighted sum; scores the
// attributes that they judge. Differentiable; never waits for the device.
RewardColumns columns_of(const at::Tensor& rewards, const at::Tensor& loss_parameters,
                         const HeadColumns& head, const SourceColumns& source);

}  // namespace laurel
