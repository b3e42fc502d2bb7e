// Puts averages in the place of weights, and weights back.
#include "train/weight_average.h"

#include <ATen/core/Tensor.h>

#include "core/str.h"

namespace laurel {

std::optional<double> decay_of(const WeightAverage& average) {
  const auto* const moving = std::get_if<MovingAverage>(&average);
  return moving ? std::optional(moving->ema.decay) : std::nullopt;
}

std::string average_text(const WeightAverage& average) {
  const std::optional<double> decay = decay_of(average);
  if (!decay) return "";
  return str(
      "average: evaluations, final/ and export/ have the moving average of what is trained, "
      "with decay ",
      *decay, " (train.average); training goes on with the weights, checkpoints have both");
}

WithAverage::WithAverage(Parameters& parameters) : parameters_(parameters) {
  for (ParameterBuffer& buffer : parameters_.buffers()) {
    if (!buffer.average.defined()) continue;
    const at::Tensor weights = trained_weights(buffer);
    buffer.gradient.copy_(weights);
    weights.copy_(buffer.average);
  }
}

WithAverage::~WithAverage() {
  for (ParameterBuffer& buffer : parameters_.buffers()) {
    if (!buffer.average.defined()) continue;
    trained_weights(buffer).copy_(buffer.gradient);
    buffer.gradient.zero_();
  }
}

}  // namespace laurel
