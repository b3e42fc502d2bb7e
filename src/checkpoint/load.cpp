// From a folder to a model: everything is checked before the first weight is read.
#include "checkpoint/load.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <set>

#include "checkpoint/hub_cache.h"
#include "checkpoint/manifest.h"
#include "core/str.h"
#include "model/head.h"
#include "model/llama.h"
#include "ops/types.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

// Layout names are the classifier's, "model." and what a bare backbone's files hold.
std::string source_name(const std::string& prefix, const Entry& entry) {
  TORCH_INTERNAL_ASSERT(entry.name.starts_with("model."));
  return prefix + entry.name.substr(6);
}

std::string prefix_of(const TensorFolder& tensors, const std::string& where) {
  for (const char* prefix : {"model.", ""}) {
    if (tensors.find(str(prefix, "embed_tokens.weight"))) return prefix;
  }
  throw Error{ErrorKind::model, str(where,
                                    ": found neither the tensor model.embed_tokens.weight "
                                    "nor embed_tokens.weight, expected one of them")};
}

// Tensors that other programs store beside a backbone and that nothing here needs.
bool may_be_ignored(const std::string& name, bool head_kept) {
  return name == "lm_head.weight" || name.ends_with("rotary_emb.inv_freq") ||
         (!head_kept && name.starts_with("score."));
}

// " missing (12): a, b, ... and 2 more"
std::string listing(const char* title, const std::vector<std::string>& names) {
  if (names.empty()) return "";
  const size_t shown = std::min<size_t>(names.size(), 10);
  std::string out = str("; ", title, " (", names.size(),
                        "): ", join({names.begin(), names.begin() + shown}, ", "));
  if (shown < names.size()) out += str(" and ", names.size() - shown, " more");
  return out;
}

bool can_be_read(const std::string& dtype) {
  return dtype == "F32" || dtype == "BF16" || dtype == "F16" || dtype == "F64";
}

void check_tensors(const ModelFolder& model) {
  const TensorFolder& tensors = model.tensors;
  std::vector<std::string> missing, unexpected, misshapen;
  std::set<std::string> known;
  for (const auto& [classifier_name, name, shape] : expected_tensors(model)) {
    known.insert(name);
    const TensorInfo* found = tensors.find(name);
    if (!found) {
      missing.push_back(name);
    } else if (found->shape != shape) {
      misshapen.push_back(
          str(name, " (found ", shape_text(found->shape), ", expected ", shape_text(shape), ")"));
    } else if (!can_be_read(found->dtype)) {
      misshapen.push_back(str(name, " (found ", found->dtype, ", expected F32, BF16, F16 or F64)"));
    }
  }
  for (const std::string& name : tensors.names()) {
    if (!known.contains(name) && !may_be_ignored(name, model.head_kept)) unexpected.push_back(name);
  }
  if (missing.empty() && unexpected.empty() && misshapen.empty()) return;
  throw Error{ErrorKind::model, str(model.folder, ": its tensors do not fit its config.json",
                                    listing("missing", missing), listing("unexpected", unexpected),
                                    listing("of another shape or type", misshapen))};
}

bool keep_head(const TensorFolder& tensors, std::optional<Head> asked, const std::string& where) {
  const TensorInfo* head = tensors.find(kHeadName);
  if (asked == Head::new_ || (!asked && !head)) return false;
  if (!head) {
    throw Error{ErrorKind::model, str(where,
                                      ": found no score.weight, expected the reward head "
                                      "that model.head \"keep\" keeps; \"new\" draws one")};
  }
  if (tensors.find("score.bias")) {
    throw Error{ErrorKind::model,
                str(where,
                    ": found score.bias, but heads have no bias here, and transformers "
                    "would leave it out; model.head \"new\" replaces the head")};
  }
  return true;
}

// Rows of a kept head: one, or as many as a reward_config.json of ours gives names to.
int64_t kept_columns(const TensorFolder& tensors, const std::optional<RewardConfig>& config,
                     const std::string& where) {
  const int64_t expected = config ? config->columns() : 1;
  const std::vector<int64_t>& shape = tensors.find(kHeadName)->shape;
  if (shape.empty() || shape[0] == expected) return expected;
  const std::string rows = config ? str(expected, ", as its reward_config.json says")
                                  : std::string("a reward head of one");
  throw Error{ErrorKind::model, str(where, ": found score.weight with ", shape[0],
                                    " rows, expected ", rows, "; model.head \"new\" replaces it")};
}

// Template options that a model records are checked as a config's are, but are its own mistake.
std::optional<RewardConfig> checked_reward_config(const fs::path& folder) {
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

std::optional<int32_t> pad_in(const Json& config, int64_t vocab_size) {
  const auto pad = config.find("pad_token_id");
  if (pad == config.end() || !pad->is_number_integer()) return std::nullopt;
  const auto id = pad->get<int64_t>();
  if (id < 0 || id >= vocab_size) return std::nullopt;
  return static_cast<int32_t>(id);
}

// A head of ours reads as its reward_config.json says, any other as transformers would.
Reading reading_of(const ModelFolder& model) {
  Reading reading;
  std::optional<int32_t> pad;
  if (model.reward_config) {
    reading.rule = model.reward_config->read;
    pad = model.reward_config->pad_id;
  } else if (model.head_kept) {
    pad = pad_in(model.config, model.llama.vocab_size);
    if (pad) reading.rule = ReadRule::last_not_pad;
  }
  if (reading.rule == ReadRule::last_not_pad) reading.pad_id = *pad;
  return reading;
}

}  // namespace

ModelFolder open_model(const LoadOptions& options, bool checked) {
  const fs::path folder = resolve_model(options.path.value);
  std::vector<std::string> notes;
  if (!checked) notes = check_manifest(folder, ErrorKind::model);
  const std::string where = folder.string(), file = (folder / "config.json").string();
  SmallFiles files = read_small_files(folder);
  Json config = parse_json(files.at("config.json"), file, ErrorKind::model);
  LlamaConfig llama = llama_config(config, file);
  TensorFolder tensors(folder);
  std::string prefix = prefix_of(tensors, where);
  const bool kept = keep_head(tensors, options.head, where);
  std::optional<RewardConfig> reward_config;
  if (kept) reward_config = checked_reward_config(folder);
  const int64_t columns = kept ? kept_columns(tensors, reward_config, where) : 1;

  ModelFolder model{.folder = folder,
                    .files = std::move(files),
                    .config = std::move(config),
                    .llama = std::move(llama),
                    .tensors = std::move(tensors),
                    .prefix = std::move(prefix),
                    .head_kept = kept,
                    .head_seed = options.head_seed,
                    .head = {.columns = columns},
                    .reading = {},
                    .reward_config = std::move(reward_config),
                    .notes = std::move(notes)};
  check_tensors(model);
  model.reading = reading_of(model);
  model.notes.push_back(kept ? str("reward head: kept, score.weight of ", where)
                             : str("reward head: new, drawn from seed ", options.head_seed));
  if (model.reading.rule == ReadRule::last_not_pad) {
    model.notes.push_back(
        str("reads the right-most token that is not the pad token, id ", model.reading.pad_id));
  }
  return model;
}

ModelFolder with_tensors_of(ModelFolder model, const fs::path& folder) {
  model.tensors = TensorFolder(folder);
  model.prefix = "model.";
  model.head_kept = true;
  check_tensors(model);
  return model;
}

std::vector<ExpectedTensor> expected_tensors(const ModelFolder& model) {
  std::vector<ExpectedTensor> out;
  for (const Entry& entry : llama_layout(model.llama).entries) {
    out.push_back({entry.name, source_name(model.prefix, entry), entry.shape});
  }
  if (model.head_kept) {
    out.push_back({kHeadName, kHeadName, {model.head.columns, model.llama.hidden_size}});
  }
  return out;
}

LoadedModel load_model(ModelFolder folder, bool training, at::ScalarType dtype,
                       const TrainingState& state, at::Device device) {
  Store backbone = make_store(llama_layout(folder.llama), dtype);
  const auto scalars = static_cast<int64_t>(folder.head.scalars.size());
  Store head = make_store(head_layout(folder.head.columns, folder.llama.hidden_size, scalars),
                          compute_type(dtype));
  if (training) keep_masters(backbone, state.rounding);
  for (const Entry& entry : backbone.layout.entries) {
    const std::string name = source_name(folder.prefix, entry);
    if (dtype == at::kBFloat16) {
      const at::Tensor values = at::empty(entry.shape, at::kFloat);
      folder.tensors.read(name, values);
      set_values(backbone, entry, values);
    } else {
      folder.tensors.read(name, view(backbone.weights, entry));
    }
  }
  if (folder.head_kept) {
    folder.tensors.read(kHeadName, view(head.weights, head.layout.at(kHeadName)));
  } else {
    init_head(head, static_cast<uint64_t>(folder.head_seed));
  }
  if (scalars > 0) {
    view(head.weights, head.layout.at("scalars"))
        .copy_(at::tensor(folder.head.scalars, at::kDouble));
  }
  for (Store* store : {&backbone, &head}) move_to(*store, device);
  if (training) {
    make_trainable(backbone, state);
    make_trainable(head);
  }
  LoadedModel model{std::move(folder), {}};
  model.parameters.stores.push_back(std::move(backbone));
  model.parameters.stores.push_back(std::move(head));
  return model;
}

}  // namespace laurel
