// The config that selects just the modules that have adapters, and their tensors under PEFT's names.
#include "checkpoint/peft_folder.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "checkpoint/hub_cache.h"
#include "checkpoint/peft_config.h"
#include "checkpoint/temporary_folder.h"
#include "core/error.h"
#include "core/files.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

std::string module_of_weight(const std::string& name) { return name.substr(0, name.rfind('.')); }

std::string last_part(const std::string& module) { return module.substr(module.rfind('.') + 1); }

// Modules for modules_to_save. PEFT adds a head's own, score and classifier, to every SEQ_CLS
// adapter; a module inside one of them is saved with it.
std::vector<std::string> saved_modules(const std::vector<TensorToWrite>& whole) {
  std::vector<std::string> modules{"classifier", "score"};
  for (const TensorToWrite& tensor : whole) {
    const std::string module = module_of_weight(tensor.name);
    const auto covers = [&](const std::string& one) {
      return module == one || module.starts_with(one + ".");
    };
    if (std::ranges::none_of(modules, covers)) modules.push_back(module);
  }
  return modules;
}

// Names for target_modules that select the modules with adapters and no other: the options' own, or
// the last parts of their names, where that is so; else all names in full.
std::vector<std::string> target_names(const PeftFolder& contents,
                                      const std::vector<std::string>& saved) {
  std::set<std::string> adapted, ends;
  for (const Adapter& adapter : contents.adapters.adapters) {
    adapted.insert(module_of_weight(adapter.weight));
    ends.insert(last_part(module_of_weight(adapter.weight)));
  }
  const auto selects_them = [&](const std::vector<std::string>& names) {
    PeftConfig config;
    config.targets.list = names;
    config.saved_whole = saved;
    for (const TensorSpec& spec : backbone_layout(contents.base.backbone).tensors) {
      if (spec.shape.size() != 2 || !spec.name.ends_with(".weight")) continue;
      const std::string module = module_of_weight(spec.name);
      if (config.selects(module) != adapted.contains(module)) return false;
    }
    return true;
  };
  const std::optional<std::vector<std::string>>& asked = contents.adapters.options.targets;
  const std::vector<std::string> short_names(ends.begin(), ends.end());
  if (asked && selects_them(*asked)) return *asked;
  if (selects_them(short_names)) return short_names;
  return {adapted.begin(), adapted.end()};
}

Json plain_number(double value) {
  const bool whole = value == std::floor(value) && std::abs(value) < 1e15;
  return whole ? Json(static_cast<int64_t>(value)) : Json(value);
}

std::vector<TensorToWrite> tensors_of_folder(PeftFolder& contents) {
  std::vector<TensorToWrite> out;
  const auto add = [&](const std::string& name, const at::Tensor& values) {
    out.push_back({"base_model.model." + name, values.sizes().vec(), at::kFloat,
                   [values] { return values; }});
  };
  for (const Adapter& adapter : contents.adapters.adapters) {
    const std::string module = module_of_weight(adapter.weight);
    add(module + ".lora_A.weight", adapter.a);
    add(module + ".lora_B.weight", adapter.b);
  }
  for (TensorToWrite& tensor : contents.whole) {
    tensor.name = "base_model.model." + tensor.name;
    out.push_back(std::move(tensor));
  }
  return out;
}

}  // namespace

std::string adapter_config(const PeftFolder& contents) {
  const LoraOptions& options = contents.adapters.options;
  const std::optional<HubSnapshot> hub = hub_snapshot_of(contents.base.base_folder);
  const fs::path folder = fs::absolute(contents.base.base_folder).lexically_normal();
  const std::vector<std::string> saved = saved_modules(contents.whole);
  const Json config = {{"base_model_name_or_path", hub ? hub->name : folder.string()},
                       {"bias", "none"},
                       {"fan_in_fan_out", false},
                       {"inference_mode", true},
                       {"init_lora_weights", true},
                       {"lora_alpha", plain_number(options.alpha)},
                       {"lora_dropout", plain_number(options.dropout)},
                       {"modules_to_save", saved},
                       {"peft_type", "LORA"},
                       {"r", options.rank},
                       {"revision", hub ? Json(hub->revision) : Json()},
                       {"target_modules", target_names(contents, saved)},
                       {"task_type", "SEQ_CLS"},
                       {"use_rslora", options.scaling == AdapterScaling::by_root_of_rank}};
  return config.dump(2) + "\n";
}

// The base's head would not fit the rows that the adapter puts in its place.
static bool has_other_head(const PeftFolder& contents) {
  const TensorInfo* const head =
      contents.base.tensors.find(backbone_info(contents.base.backbone).head.weight);
  return head && head->shape.at(0) != static_cast<int64_t>(contents.outputs.weights.size());
}

// On the Hub, or of its folder: where that lies is said by adapter_config.json alone.
static std::string base_name(const ModelFolder& base) {
  const std::optional<HubSnapshot> hub = hub_snapshot_of(base.base_folder);
  if (hub) return hub->name;
  const fs::path folder = fs::absolute(base.base_folder).lexically_normal();
  return (folder.has_filename() ? folder : folder.parent_path()).filename().string();
}

std::string unfit_for_peft(const ModelFolder& base) {
  if (base.tensors.adapter())
    return "is an adapter itself, and PEFT loads one on a whole model alone";
  if (base.base) return "holds only what a run trained (base.json); its run's export/ is whole";
  if (base.files.at("config.json") != read_file(base.base_folder / "config.json")) {
    return "also reads images, where its text part has other names";
  }
  return "";
}

void write_peft_folder(const fs::path& output, PeftFolder contents) {
  if (const std::string unfit = unfit_for_peft(contents.base); !unfit.empty()) {
    throw Error{ErrorKind::model, str(contents.base.folder, ": found a base that ", unfit,
                                      ", expected a whole model of text; what is merged is in the "
                                      "export")};
  }
  TemporaryFolder folder(output);
  write_file(folder.path() / kAdapterConfig, adapter_config(contents));
  write_safetensors(folder.path() / kAdapterTensors, tensors_of_folder(contents));
  copy_tokenizer(contents.files, folder.path(), contents.pad);
  if (contents.outputs.config) {
    write_file(folder.path() / "reward_config.json",
               json_of(*contents.outputs.config).dump(2) + "\n");
  }
  write_file(folder.path() / "README.md", adapter_card(contents.outputs, base_name(contents.base),
                                                       {.auto_tokenizer = contents.auto_tokenizer,
                                                        .pooling = contents.base.pooling.rule,
                                                        .other_head = has_other_head(contents)}));
  folder.commit();
}

}  // namespace laurel
