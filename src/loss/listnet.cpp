// ListNet over the ranked entries of each list.
#include "loss/listnet.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/where.h>

#include <limits>

namespace laurel {

at::Tensor ListNet::unit_loss(const RankedUnits& units) const {
  // A list without a ranked entry takes part with its zeros, so that no sum is empty.
  const at::Tensor takes_part = units.present | ~units.present.any(1, true);
  const double nothing = -std::numeric_limits<double>::infinity();
  const at::Tensor wanted =
      at::softmax(at::where(takes_part, units.score / temperature, nothing), 1);
  const at::Tensor reward = at::where(takes_part, units.reward, nothing);
  const at::Tensor missing = at::logsumexp(reward, 1, true) - units.reward;  // -log probability
  return (wanted * at::where(units.present, missing, 0)).sum(1);
}

}  // namespace laurel
