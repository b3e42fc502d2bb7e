// Comparisons within lists, as (N, K, K) masks: entry (i, j) says how response i relates to j.
#pragma once

#include <ATen/core/Tensor.h>

#include "loss/term_inputs.h"

namespace laurel {

// rank_i < rank_j, both ranked.
at::Tensor beats(const RankedInputs& inputs);

// rank_i == rank_j, both ranked; true for i == j.
at::Tensor ties_with(const RankedInputs& inputs);

// r_i - r_j where `keep`, 0 elsewhere.
at::Tensor reward_differences(const RankedInputs& inputs, const at::Tensor& keep);

// sum / total, 0 where the total is 0. (N)
at::Tensor mean_of(const at::Tensor& sum, const at::Tensor& total);

}  // namespace laurel
