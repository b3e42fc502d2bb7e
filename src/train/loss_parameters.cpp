// Reads the last tensor of the head's buffer.
#include "train/loss_parameters.h"

#include <ATen/core/Tensor.h>

namespace laurel {

std::vector<double> loss_parameters_of(const Parameters& parameters) {
  const TensorSpec* const spec = parameters.head.layout.find(kLossParameters);
  if (!spec) return {};
  const at::Tensor loss_parameters = kept_values(parameters.head, *spec).to(at::kDouble);
  const double* const first = loss_parameters.const_data_ptr<double>();
  return {first, first + loss_parameters.numel()};
}

void record_loss_parameters(const Parameters& parameters,
                            std::span<const SourceObjective> objectives, RewardConfig& reward) {
  const std::vector<double> all = loss_parameters_of(parameters);
  for (size_t i = 0; i < reward.sources.size(); ++i) {
    const SourceColumns& columns = objectives[i].columns;
    const auto first = all.begin() + columns.first_loss_parameter;
    reward.sources[i].loss_parameters.assign(first, first + columns.loss_parameters);
  }
}

}  // namespace laurel
