// A Hugging Face folder to a model: config, tensors under their accepted names, head, read rule.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/reward_config.h"
#include "checkpoint/safetensors.h"
#include "core/json.h"
#include "core/options.h"
#include "data/reading.h"
#include "model/llama.h"
#include "model/parameters.h"

namespace laurel {

enum class Head { keep, new_ };
constexpr auto enum_names(Head) { return std::array{"keep", "new"}; }

struct LoadOptions {
  Path path;
  std::optional<Head> head;
  int64_t head_seed = 1;
  void fields(auto& visit) {
    visit("path", path,
          "Backbone: a Hugging Face folder, a run folder, or a name in the Hub cache.", kRequired);
    visit("head", head,
          "Keep the folder's reward head (`score.weight`, one row) or draw a new one.",
          WhenNull{"keep where there is one"});
    visit("head_seed", head_seed, "Seed of a new head.");
  }
};

// Everything about a model but its weights: checked, small, and known before any weight is read.
struct ModelFolder {
  std::filesystem::path folder;
  Json config;  // config.json
  LlamaConfig llama;
  TensorFolder tensors;
  std::string prefix;  // of the backbone's tensors in the files: "model." or ""
  bool head_kept;
  int64_t head_seed;
  Reading reading;
  std::optional<RewardConfig> reward_config;
  std::vector<std::string> notes;  // to be printed once
};

// Missing, unexpected and misshapen tensors are one Error (model) that names them.
ModelFolder open_model(const LoadOptions& options);

struct LoadedModel {
  ModelFolder folder;
  Parameters parameters;
};

// Reads the weights, converted to `dtype` (the head to fp32, or fp64 with an fp64 backbone). With
// `training`, gradients and moments are allocated as well.
LoadedModel load_model(ModelFolder folder, bool training, at::ScalarType dtype = at::kFloat);

// The token that pads: what transformers skips at the end of a text when it looks for the last
// token.
struct PadToken {
  std::string text;
  int32_t id;
  std::string note;  // why, to be printed; empty if it is the folder's own and nothing changes
};

// The folder's own pad token, or where a model that reads the last token could end a text in it,
// another special token that no text of the template ends in. Throws Error (model) if there is
// none.
PadToken choose_pad(const ModelFolder& model, const TextFolder& text);

}  // namespace laurel
