// From a folder to a model: everything is checked before the first weight is read.
#include "checkpoint/load.h"

#include <algorithm>
#include <set>

#include "checkpoint/hub_cache.h"
#include "checkpoint/load_weights.h"
#include "checkpoint/model_source.h"
#include "checkpoint/partial_model.h"
#include "core/files.h"
#include "core/option_types.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

bool may_be_ignored(const ModelFolder& model, const std::string& name) {
  const HeadNames head = backbone_info(model.backbone).head;
  return is_ignored_tensor(model.backbone, name) || (!model.keep_head && name == head.weight) ||
         (!(model.keep_head && model.head.bias) && name == head.bias);
}

// " missing (12): a, b, ... and 2 more"
std::string list_names(const char* title, const std::vector<std::string>& names) {
  if (names.empty()) return "";
  const size_t shown = std::min<size_t>(names.size(), 10);
  std::string out = str("; ", title, " (", names.size(),
                        "): ", join({names.begin(), names.begin() + shown}, ", "));
  if (shown < names.size()) out += str(" and ", names.size() - shown, " more");
  return out;
}

bool is_supported_dtype(const std::string& dtype) {
  return dtype == "F32" || dtype == "BF16" || dtype == "F16" || dtype == "F64";
}

// The tensors of a folder's files: all, or those of the parts that it has.
std::vector<ExpectedTensor> stored_tensors(const ModelFolder& model) {
  if (!model.base) return expected_tensors(model);
  const BackboneInfo info = backbone_info(model.backbone);
  Layout layout = backbone_layout(model.backbone);
  choose_trained(layout, info, model.parts);
  std::vector<ExpectedTensor> out;
  for (const TensorSpec& spec : layout.tensors) {
    if (spec.trainable) out.push_back({spec.name, spec.name, spec.shape});
  }
  if (const LoraOptions* const lora = lora_of(model.parts)) {
    for (const TensorSpec& spec : adapter_layout(layout, info.layers, *lora).tensors) {
      out.push_back({spec.name, spec.name, spec.shape});
    }
  }
  for (const ExpectedTensor& tensor : expected_tensors(model)) {
    if (tensor.name == info.head.weight || tensor.name == info.head.bias) out.push_back(tensor);
  }
  return out;
}

void check_tensors(const ModelFolder& model) {
  const ModelTensors& tensors = model.tensors;
  std::vector<std::string> missing, unexpected, misshapen;
  std::set<std::string> known;
  for (const auto& [classifier_name, name, shape] : stored_tensors(model)) {
    known.insert(name);
    const TensorInfo* found = tensors.find(name);
    if (!found) {
      missing.push_back(name);
    } else if (found->shape != shape) {
      misshapen.push_back(
          str(name, " (found ", shape_text(found->shape), ", expected ", shape_text(shape), ")"));
    } else if (!is_supported_dtype(found->dtype)) {
      misshapen.push_back(str(name, " (found ", found->dtype, ", expected F32, BF16, F16 or F64)"));
    }
  }
  for (const std::string& name : tensors.names()) {
    if (!known.contains(name) && !may_be_ignored(model, name)) unexpected.push_back(name);
  }
  if (missing.empty() && unexpected.empty() && misshapen.empty()) return;
  throw Error{
      ErrorKind::model,
      str(model.folder, ": its tensors do not fit its config.json", list_names("missing", missing),
          list_names("unexpected", unexpected), list_names("of another shape or type", misshapen))};
}

// "LlamaForCausalLM", as config.json has it.
std::string class_of(const Json& config) {
  const auto classes = config.find("architectures");
  const bool named = classes != config.end() && classes->is_array() && !classes->empty() &&
                     classes->front().is_string();
  return named ? str(" (", classes->front().get<std::string>(), ")") : "";
}

bool decide_keep_head(const ModelTensors& tensors, const LoadOptions& options, const Json& config,
                      const BackboneInfo& info, const std::string& where) {
  const TensorInfo* head = tensors.find(info.head.weight);
  if (options.head == Head::fresh) return false;
  if (const PeftAdapter* adapter = tensors.adapter(); adapter && adapter->lacks_head()) {
    throw Error{ErrorKind::model,
                str(where, ": found no ", info.head.weight, " in ", kAdapterTensors,
                    ", though modules_to_save name it, expected the head that was trained: it was "
                    "lost when the adapter was saved",
                    options.for_training ? "; model.head \"new\" draws a new one" : "")};
  }
  if (!options.head && !head) return false;
  if (!head && !options.for_training) {
    throw Error{ErrorKind::model,
                str(where, ": found a base model", class_of(config), " without a reward head (",
                    info.head.weight,
                    "), expected a reward model: a run "
                    "folder, an export, or a sequence classifier with one label; laurel train "
                    "makes one of a base model, its model.path")};
  }
  if (!head) {
    throw Error{ErrorKind::model,
                str(where, ": found no ", info.head.weight,
                    ", expected the reward head that model.head \"keep\" keeps; \"new\" draws "
                    "one")};
  }
  return true;
}

// Rows of a kept head: one, or as many as a reward_config.json of ours gives names to.
int64_t columns_of_kept_head(const ModelTensors& tensors, const std::optional<RewardConfig>& config,
                             const std::string& name, const std::string& where, bool for_training) {
  const int64_t expected = config ? config->columns() : 1;
  const std::vector<int64_t>& shape = tensors.find(name)->shape;
  if (shape.empty() || shape[0] == expected) return expected;
  const std::string rows = config ? str(expected, ", as its reward_config.json says")
                                  : std::string("a reward head of one");
  throw Error{ErrorKind::model,
              str(where, ": found ", name, " with ", count_text(shape[0], "row"), ", expected ",
                  rows, for_training ? "; model.head \"new\" replaces it" : "")};
}

// Template options that a model records are checked as a config's are, but are its own mistake.
std::optional<RewardConfig> read_checked_reward_config(const fs::path& folder) {
  std::optional<RewardConfig> config = read_reward_config(folder);
  if (!config) return config;
  const std::string file = (folder / "reward_config.json").string();
  try {
    const ChatTemplate any("", file, Json::object(), config->template_options);
  } catch (const Error& error) {
    const std::string& said = error.message;
    if (error.kind != ErrorKind::usage) throw;
    const size_t name = said.starts_with("model.") ? 6 : 0;  // there, the options have a section
    throw Error{ErrorKind::model, str(file, ": ", said.substr(name))};
  }
  return config;
}

void check_pooling_of_family(const ModelFolder& model, const Pooling& pooling) {
  if (!model.reward_config) return;
  const PoolingRule found = model.reward_config->pooling;
  if (pooling.causal ? reads_segments({.rule = found}) : found == pooling.rule) return;
  throw Error{
      ErrorKind::model,
      str((model.folder / "reward_config.json").string(), ": pooling: found \"", enum_name(found),
          "\", expected \"", enum_name(pooling.rule), pooling.causal ? "\" or \"last_not_pad" : "",
          "\", which is how the backbone of config.json reads a text")};
}

void refuse_pairs_of_causal(const ModelFolder& model) {
  if (!model.reward_config || model.reward_config->text.rule != TextRule::pair) return;
  throw Error{ErrorKind::model,
              str((model.folder / "reward_config.json").string(),
                  ": text: found \"pair\", which the causal backbone of config.json does not read, "
                  "expected \"chat\" or \"plain\"")};
}

// Encoders read a text in one way. Of causal backbones, a head of ours reads as its
// reward_config.json says, any other as transformers would.
Pooling choose_pooling(const ModelFolder& model) {
  Pooling pooling = backbone_info(model.backbone).pooling;
  check_pooling_of_family(model, pooling);
  if (!pooling.causal) return pooling;
  refuse_pairs_of_causal(model);
  std::optional<int32_t> pad;
  if (model.reward_config) {
    pooling.rule = model.reward_config->pooling;
    pad = model.reward_config->pad_id;
  } else if (model.keep_head) {
    pad = config_pad_id(model);
    if (pad) pooling.rule = PoolingRule::last_not_pad;
  }
  if (pooling.rule == PoolingRule::last_not_pad) pooling.pad_id = *pad;
  return pooling;
}

void add_head_notes(ModelFolder& model) {
  const BackboneInfo info = backbone_info(model.backbone);
  const std::string drawn = str("new, initialised from seed ", model.head_seed);
  const std::string kept = str("kept, ", info.head.weight, " of ", model.folder.string());
  model.notes.push_back(str("reward head: ", model.keep_head ? kept : drawn));
  if (info.pooled_layers.empty()) return;
  model.notes.push_back(str("layers behind the pooling (", join(info.pooled_layers, ", "),
                            "): ", model.keep_pooled_layers ? "kept" : drawn));
}

}  // namespace

// What laurel wrote has the pipeline that made its ids in tokenizer.json.
static TokenizerRule own_rule(const fs::path& folder) {
  const bool ours = path_exists(folder / "reward_config.json");
  return ours ? TokenizerRule::file : TokenizerRule::transformers;
}

// What the folder's tensors are parts of, and which.
static void open_parts(ModelFolder& model, const PartialModel& partial) {
  model.base = std::make_shared<const ModelFolder>(open_base_of(model.folder, partial));
  model.parts = model.trained = partial.train;
  model.notes.push_back(str("weights: ", lora_of(partial.train) ? "adapters" : "trained parts",
                            " of ", model.folder, ", the others of ", model.base->folder));
}

// Checks what was opened, and notes how it will be used.
static void check_whole(ModelFolder& model) {
  check_tensors(model);
  model.pooling = choose_pooling(model);
  add_head_notes(model);
  if (has_foreign_bias(model)) {
    const BackboneInfo info = backbone_info(model.backbone);
    model.notes.push_back(str("reward head: with ", info.head.bias, ", which ",
                              info.classifier_class, " of transformers would leave out"));
  }
  if (model.pooling.rule == PoolingRule::last_not_pad) {
    model.notes.push_back(
        str("pooling: the last token that is not the pad token, id ", model.pooling.pad_id));
  }
}

ModelFolder open_model(const LoadOptions& options, bool checked) {
  const ModelSource source = find_source(resolve_model(options.path.value), checked);
  const std::string where = source.folder.string(),
                    file = (source.base_folder / "config.json").string();
  std::vector<std::string> notes = source.notes;
  ModelAssets files = read_model_assets(source.base_folder, source.text_folder);
  Json config = parse_json(files.at("config.json"), file, ErrorKind::model);
  if (files.at("config.json") != read_file(file)) {
    notes.push_back(str("only the text part of ", where,
                        " is used: the model also reads images, whose tensors are left out"));
  }
  Backbone backbone = read_backbone(config, file);
  const BackboneInfo info = backbone_info(backbone);
  const std::optional<PartialModel> partial = read_partial_model(source.folder);
  OpenedTensors opened =
      partial
          ? OpenedTensors{ModelTensors(ShardedSafetensors(source.folder)), info.tensor_prefix, {}}
          : open_tensors(source, backbone);
  ModelTensors& tensors = opened.tensors;
  notes.insert(notes.end(), opened.notes.begin(), opened.notes.end());
  const bool kept = decide_keep_head(tensors, options, config, info, where);
  std::optional<RewardConfig> reward_config;
  if (kept) reward_config = read_checked_reward_config(source.folder);
  const int64_t columns = kept ? columns_of_kept_head(tensors, reward_config, info.head.weight,
                                                      where, options.for_training)
                               : 1;

  const bool bias = info.head_has_bias || (kept && tensors.has_head_bias(info.head));
  ModelFolder model{.folder = source.folder,
                    .base_folder = source.base_folder,
                    .text_folder = source.text_folder,
                    .files = std::move(files),
                    .config = std::move(config),
                    .backbone = std::move(backbone),
                    .tensors = std::move(tensors),
                    .prefix = std::move(opened.prefix),
                    .keep_head = kept,
                    .keep_pooled_layers = true,
                    .head_seed = options.head_seed,
                    .tokenizer = options.tokenizer.value_or(own_rule(source.text_folder)),
                    .head = {.columns = columns, .bias = bias},
                    .pooling = {},
                    .reward_config = std::move(reward_config),
                    .notes = std::move(notes)};
  model.keep_pooled_layers = kept || has_pooled_layers(model);
  if (partial) open_parts(model, *partial);
  check_whole(model);
  return model;
}

ModelFolder with_weights_of(ModelFolder model, const fs::path& folder) {
  if (!trains_all(model.trained)) {
    model.base = std::make_shared<const ModelFolder>(model);
    model.parts = model.trained;
    model.merges_adapters = false;
  } else {
    model.base = nullptr;
    model.parts = TrainedWhole::all;
  }
  model.tensors = ModelTensors(ShardedSafetensors(folder));
  model.prefix = backbone_info(model.backbone).tensor_prefix;
  model.keep_head = model.keep_pooled_layers = true;
  check_tensors(model);
  return model;
}

}  // namespace laurel
