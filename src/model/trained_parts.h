// What of a model is trained: model.train.
#pragma once

#include <array>
#include <cstdint>
#include <variant>

#include "core/options.h"
#include "model/adapter.h"
#include "model/backbone_info.h"
#include "model/parameters.h"

namespace laurel {

enum class TrainedWhole { all, head };
constexpr auto enum_names(TrainedWhole) { return std::array{"all", "head"}; }

struct TrainedLayers {
  static constexpr const char* key = "last_layers";
  int64_t last_layers = 1;
  void fields(auto& visit) {
    visit("last_layers", last_layers,
          "The last n layers are trained, with what follows them; the others and the embedding are "
          "frozen.",
          Range{.min = 1});
  }
  bool operator==(const TrainedLayers&) const = default;
};

struct TrainedAdapters {
  static constexpr const char* key = "lora";
  static constexpr bool by_name = true;  // "lora" alone: with its defaults
  LoraOptions lora;
  void fields(auto& visit) {
    visit(
        "lora", lora,
        "LoRA: low-rank adapters B A of linear maps are trained, in fp32; the backbone is frozen.");
  }
  bool operator==(const TrainedAdapters&) const = default;
};

// The head is trained always.
using TrainedParts = std::variant<TrainedWhole, TrainedLayers, TrainedAdapters>;

inline bool trains_all(const TrainedParts& parts) {
  return parts == TrainedParts(TrainedWhole::all);
}

// nullptr: no adapters.
inline const LoraOptions* lora_of(const TrainedParts& parts) {
  const auto* const adapters = std::get_if<TrainedAdapters>(&parts);
  return adapters ? &adapters->lora : nullptr;
}

// Makes what is not trained of a backbone's layout untrainable. Layers behind the pooling are trained
// with the head. Throws Error (usage) for more layers than there are.
void choose_trained(Layout& backbone, const BackboneInfo& info, const TrainedParts& parts);

// Layers that keep activations for their backward pass.
int64_t kept_layers(const TrainedParts& parts, int64_t layers);

}  // namespace laurel
