// Draws new layers as transformers' classifiers do.
#include "model/pooled_layers.h"

#include <ATen/ops/tensor.h>

#include <vector>

#include "core/random.h"

namespace laurel {

void init_pooled_layers(ParameterBuffer& backbone, const BackboneInfo& info, uint64_t seed) {
  Random random(seed, 1);  // the head's numbers are those of the seed alone
  for (const std::string& name : info.pooled_layers) {
    const TensorSpec& spec = backbone.layout.at(name);
    std::vector<float> numbers(static_cast<size_t>(spec.size));
    if (spec.shape.size() == 2) {
      for (float& number : numbers)
        number = static_cast<float>(info.initializer_range * random.normal());
    } else {
      const bool norm = name.ends_with("norm.weight");
      numbers.assign(numbers.size(), norm ? 1.0f : 0.0f);
    }
    set_values(backbone, spec, at::tensor(numbers).view(spec.shape));
  }
}

}  // namespace laurel
