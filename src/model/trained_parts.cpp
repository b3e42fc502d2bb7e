// From model.train to the blocks of a layout.
#include "model/trained_parts.h"

#include <algorithm>

#include "core/error.h"
#include "core/str.h"

namespace laurel {

int64_t kept_layers(const TrainedParts& parts, int64_t layers) {
  if (const auto* const last = std::get_if<TrainedLayers>(&parts)) return last->last_layers;
  return parts == TrainedParts(TrainedWhole::head) ? 0 : layers;
}

// The last block has the layers behind the pooling, where there are some.
static void train_pooled_layers(Layout& backbone, const std::vector<std::string>& pooled_layers) {
  const auto blocks = std::ssize(backbone.blocks);
  train_from_block(backbone, pooled_layers.empty() ? blocks : blocks - 1);
  for (TensorSpec& spec : backbone.tensors) {
    const bool pooled = std::ranges::find(pooled_layers, spec.name) != pooled_layers.end();
    spec.trainable &= pooled;
  }
}

// Block 0 has the embeddings, block i layer i (from 1).
void choose_trained(Layout& backbone, const BackboneInfo& info, const TrainedParts& parts) {
  const int64_t layers = info.layers;
  if (trains_all(parts)) return;
  const auto* const last = std::get_if<TrainedLayers>(&parts);
  if (last == nullptr) return train_pooled_layers(backbone, info.pooled_layers);
  if (last->last_layers > layers) {
    throw Error{ErrorKind::usage,
                str("model.train.last_layers: found ", last->last_layers, ", but the backbone has ",
                    layers, ", expected at most ", layers, ", or model.train \"all\"")};
  }
  train_from_block(backbone, layers - last->last_layers + 1);
}

}  // namespace laurel
