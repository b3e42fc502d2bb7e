// ListNet over the ranked entries of each list.
#include "loss/listnet.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/where.h>

#include <limits>

namespace laurel {

at::Tensor ListNet::loss_per_term(const RankedInputs& inputs) const {
  // A list without a ranked entry takes part with its zeros, so that no sum is empty.
  const at::Tensor included = inputs.present | ~inputs.present.any(1, true);
  const double minus_infinity = -std::numeric_limits<double>::infinity();
  const at::Tensor target =
      at::softmax(at::where(included, inputs.score / temperature, minus_infinity), 1);
  const at::Tensor reward = at::where(included, inputs.reward, minus_infinity);
  const at::Tensor negative_log_probability =
      at::logsumexp(reward, 1, true) - inputs.reward;  // -log probability
  return (target * at::where(inputs.present, negative_log_probability, 0)).sum(1);
}

}  // namespace laurel
