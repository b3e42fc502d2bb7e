// A Hugging Face folder to a model: config, tensors under their accepted names, head, pooling rule.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/model_assets.h"
#include "checkpoint/model_tensors.h"
#include "checkpoint/reward_config.h"
#include "core/json.h"
#include "core/options.h"
#include "data/pooling.h"
#include "model/backbone.h"
#include "model/head.h"
#include "model/parameters.h"
#include "model/trained_parts.h"
#include "text/text_processor.h"

namespace laurel {

enum class Head { keep, fresh };
constexpr auto enum_names(Head) { return std::array{"keep", "new"}; }

struct LoadOptions {
  Path path;
  std::optional<Head> head;
  int64_t head_seed = 1;
  std::optional<TokenizerRule> tokenizer;
  bool for_training = true;  // messages may offer a new head; else the folder's own is needed
  void fields(auto& visit) {
    visit("path", path,
          "Backbone: a Hugging Face folder, a run folder, or a name in the Hub cache.", kRequired,
          OrHubName{});
    visit("head", head,
          "Keep the folder's reward head (`score.weight`, one row) or draw a new one.",
          WhenNull{"keep where there is one"});
    visit("head_seed", head_seed, "Seed of a new head.");
    visit("tokenizer", tokenizer,
          "Whose pipeline makes ids where two differ: that of the class with which transformers "
          "tokenises the folder, or that of tokenizer.json (docs/data.md).",
          WhenNull{"transformers; file for a folder that laurel wrote"});
  }
};

// What the head holds: rows of its weight, a bias or none, and the numbers that losses learn, as
// they begin.
struct HeadShape {
  int64_t columns = 1;
  std::vector<double> loss_parameters = {};
  bool bias = false;
};

// Everything about a model but its weights: checked, small, and known before any weight is read.
// A folder whose run trained parts of a model alone has those parts: the rest is its base's.
struct ModelFolder {
  std::filesystem::path folder;                    // what was named: a model's or an adapter's
  std::filesystem::path base_folder, text_folder;  // of config.json and weights; of the tokenizer
  ModelAssets files;                               // as they were when it was opened
  Json config;                                     // config.json
  Backbone backbone;
  ModelTensors tensors;
  std::string prefix;  // of the backbone's tensors in the files: BackboneInfo::tensor_prefix or ""
  std::shared_ptr<const ModelFolder> base;   // of `tensors` that are parts; else null
  TrainedParts parts = TrainedWhole::all;    // what they are
  TrainedParts trained = TrainedWhole::all;  // what a run trains: model.train
  bool merges_adapters = false;  // weights are loaded with the adapters of `parts` in them
  bool keep_head;
  bool keep_pooled_layers;  // BackboneInfo::pooled_layers; drawn anew where the folder has none
  int64_t head_seed;
  TokenizerRule tokenizer;
  HeadShape
      head;  // of a kept head: as in the folder, without loss_parameters; of a new one: to be set
  Pooling pooling;
  std::optional<RewardConfig> reward_config;
  std::vector<std::string> notes;  // to be printed once
};

// A folder of PEFT's is read as its base with the adapter merged into it (peft_adapter.h).
// A folder that has a manifest.json is checked against it before anything else of it is used,
// unless `checked` says that it was. Missing, unexpected and misshapen tensors are one Error
// (model) that names them.
ModelFolder open_model(const LoadOptions& options, bool checked = false);

// The folders that its files lie in: its own, and those of what it is a part or an adapter of.
std::vector<std::filesystem::path> folders_of(const ModelFolder& model);

// The same model with the weights and the head of another folder, a checkpoint of its run: the parts
// that model.trained says, of which `model` is then the base.
ModelFolder with_weights_of(ModelFolder model, const std::filesystem::path& folder);

// The tensors of the model: by the classifier's name, and by the name in the folder's files.
// Without those that are drawn anew.
struct ExpectedTensor {
  std::string name, source_name;
  std::vector<int64_t> shape;
};
std::vector<ExpectedTensor> expected_tensors(const ModelFolder& model);

// A head with a bias that transformers' class of the model has not, as some programs write them.
bool has_foreign_bias(const ModelFolder& model);

// The name in the folder's files of a backbone's tensor.
std::string source_name(const ModelFolder& model, const std::string& name);

// Fills `destination` with a tensor of expected_tensors(): of the base where the folder's parts have
// none of that name, with the folder's adapter of it merged in fp32.
void read_tensor(const ModelFolder& model, const ExpectedTensor& tensor,
                 const at::Tensor& destination);

// The adapters by themselves of a folder whose run trained some; nullopt: it has none.
std::optional<AdapterSet> stored_adapters(const ModelFolder& model);

struct LoadedModel {
  ModelFolder folder;
  Parameters parameters;
};

// Reads the weights, converted to `dtype` (head and adapters to fp32, or fp64 with an fp64 backbone),
// and moves them to `device`. Adapters are those of the folder unless it merges them; a model that
// is to train adapters and has none gets new ones. With `training`, gradients and moments are allocated there as well;
// `state` is that of the backbone, its `average` of all.
LoadedModel load_model(ModelFolder folder, bool training, at::ScalarType dtype = at::kFloat,
                       const TrainingState& state = {}, at::Device device = at::kCPU);

// "pad_token_id" of config.json, where it is a row of the embedding.
std::optional<int32_t> config_pad_id(const ModelFolder& model);

// The tokenizer and template of the folder. Throws Error (model) if the tokenizer or its
// post-processor has ids that the embedding lacks, or if the folder's small files have changed
// since it was opened.
TextProcessor open_text(const ModelFolder& model, const TemplateOptions& options = {});

// The token that transformers skips at the end of a text when it looks for the last one.
struct PadToken {
  std::string text;
  int32_t id;
  std::string note;  // to be printed; empty if nothing changes
};

// A kept head keeps its pad. A new head reads the last token whatever it is, so where the folder's
// pad is missing or a text could end in it, another special token becomes the pad, one that the
// template does not use: by its name (pad, then reserved or unused), then by its id. Throws Error
// (model) if there is none, and where the folder's small files cannot be written with it.
PadToken choose_pad_token(const ModelFolder& model, const TextProcessor& text);

}  // namespace laurel
