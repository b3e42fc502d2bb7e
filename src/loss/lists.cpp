// Comparisons within lists.
#include "loss/lists.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/where.h>

namespace laurel {

at::Tensor beats(const RankedUnits& units) {
  const at::Tensor both = units.present.unsqueeze(2) & units.present.unsqueeze(1);
  return (units.rank.unsqueeze(2) < units.rank.unsqueeze(1)) & both;
}

at::Tensor ties_with(const RankedUnits& units) {
  const at::Tensor both = units.present.unsqueeze(2) & units.present.unsqueeze(1);
  return (units.rank.unsqueeze(2) == units.rank.unsqueeze(1)) & both;
}

at::Tensor lead(const RankedUnits& units, const at::Tensor& keep) {
  return at::where(keep, units.reward.unsqueeze(2) - units.reward.unsqueeze(1), 0);
}

at::Tensor mean_of(const at::Tensor& sum, const at::Tensor& total) {
  return sum / at::where(total == 0, 1, total);
}

}  // namespace laurel
