// Masks (N, K, K) of the comparisons within lists.
#include "loss/list_comparisons.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/where.h>

namespace laurel {

at::Tensor beats(const RankedInputs& inputs) {
  const at::Tensor both = inputs.present.unsqueeze(2) & inputs.present.unsqueeze(1);
  return (inputs.rank.unsqueeze(2) < inputs.rank.unsqueeze(1)) & both;
}

at::Tensor ties_with(const RankedInputs& inputs) {
  const at::Tensor both = inputs.present.unsqueeze(2) & inputs.present.unsqueeze(1);
  return (inputs.rank.unsqueeze(2) == inputs.rank.unsqueeze(1)) & both;
}

at::Tensor reward_differences(const RankedInputs& inputs, const at::Tensor& keep) {
  return at::where(keep, inputs.reward.unsqueeze(2) - inputs.reward.unsqueeze(1), 0);
}

at::Tensor mean_of(const at::Tensor& sum, const at::Tensor& total) {
  return sum / at::where(total == 0, 1, total);
}

}  // namespace laurel
