// The layers behind the pooling that belong to a classifier (BERT's pooler, RoBERTa's dense layer,
// ModernBERT's head), where a folder has none.
#pragma once

#include <cstdint>

#include "model/backbone_info.h"
#include "model/parameters.h"

namespace laurel {

// Draws info.pooled_layers anew, reproducible from the seed: matrices normal with standard deviation
// info.initializer_range, norm weights 1, biases 0.
void init_pooled_layers(ParameterBuffer& backbone, const BackboneInfo& info, uint64_t seed);

}  // namespace laurel
