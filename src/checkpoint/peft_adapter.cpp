// Sorts the adapter's tensors by the weights they change, checks them against both sides, merges.
#include "checkpoint/peft_adapter.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>

#include <algorithm>
#include <set>

#include "core/error.h"
#include "core/files.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPeftPrefix = "base_model.model.";
constexpr std::string_view kWeight = ".weight";

SafetensorsFile open_adapter(const fs::path& folder, const std::string& task_type) {
  if (path_exists(folder / kAdapterTensors)) return SafetensorsFile(folder / kAdapterTensors);
  if (path_exists(folder / "adapter_model.bin")) {
    throw Error{ErrorKind::model,
                str(folder, ": found adapter_model.bin, expected ", kAdapterTensors,
                    ". Pickle files can run code and are not read; convert it once in Python: ",
                    task_type == "SEQ_CLS" ? "AutoPeftModelForSequenceClassification"
                                           : "AutoPeftModelForCausalLM",
                    ".from_pretrained(FOLDER).save_pretrained(NEW_FOLDER)")};
  }
  throw Error{ErrorKind::model, str(folder, ": found ", kAdapterConfig, " without ",
                                    kAdapterTensors, ", expected both")};
}

// `text` without `end`; nullopt if it does not end so.
std::optional<std::string> without_end(const std::string& text, std::string_view end) {
  if (!text.ends_with(end)) return std::nullopt;
  return text.substr(0, text.size() - end.size());
}

const AdapterTarget* find_target(const AdapterBase& base, const std::string& name) {
  const auto found = std::ranges::find(base.targets, name, &AdapterTarget::name);
  return found == base.targets.end() ? nullptr : &*found;
}

// The module of a weight as PEFT names it, for an adapter of a bare backbone without the prefix.
std::string module_of(const AdapterTarget& target, const AdapterBase& base, bool bare) {
  const std::string module = target.name.substr(0, target.name.size() - kWeight.size());
  return bare && module.starts_with(base.prefix) ? module.substr(base.prefix.size()) : module;
}

std::string first_of(std::vector<std::string> names) {
  const size_t most = 5, all = names.size();
  names.resize(std::min(all, most));
  return str(join(names, ", "), all > most ? str(" and ", all - most, " more") : "");
}

}  // namespace

void PeftAdapter::refuse(const std::string& what) const {
  throw Error{ErrorKind::model, str(folder_ / kAdapterTensors, ": ", what)};
}

PeftAdapter::PeftAdapter(const fs::path& folder, const PeftConfig& config, const AdapterBase& base)
    : folder_(folder), task_type_(config.task_type), file_(open_adapter(folder, config.task_type)) {
  for (const TensorInfo& tensor : file_.tensors()) add(tensor, base);
  check_targets(config, base);
  check_updates(config, base);
  check_whole_modules(config, base);
}

void PeftAdapter::add(const TensorInfo& tensor, const AdapterBase& base) {
  const std::string& key = tensor.name;
  const auto has = [&](std::string_view part) { return key.find(part) != std::string::npos; };
  if (!key.starts_with(kPeftPrefix)) {
    refuse(str("found the tensor ", key, ", expected names that begin with ", kPeftPrefix));
  }
  if (has("modules_to_save.") || has("original_module.") || has(".lora_A.default") ||
      has(".lora_B.default")) {
    refuse(str("found the tensor ", key,
               ", a name that PEFT uses in memory, expected those of its files; save with "
               "model.save_pretrained(FOLDER)"));
  }
  if (has("lora_embedding_")) {
    refuse(str("found ", key, ", LoRA on an embedding, which is not read; ",
               merge_advice(task_type_)));
  }
  std::string name = key.substr(kPeftPrefix.size());
  if (const auto module = without_end(name, ".lora_A.weight"))
    return add_update(tensor, *module, true, base);
  if (const auto module = without_end(name, ".lora_B.weight"))
    return add_update(tensor, *module, false, base);
  if (has(".lora_") || has("lora_magnitude_vector")) {
    refuse(str("found the tensor ", key, ", expected LoRA's A and B; ", merge_advice(task_type_)));
  }
  if (const auto module = without_end(name, ".base_layer.bias")) name = *module + ".bias";
  const AdapterTarget* target = find_target(base, name);
  if (!target) target = find_target(base, base.prefix + name);
  if (replacements_.emplace(target ? target->source : name, &tensor).second) return;
  refuse(str("found ", key, " and another tensor of the same name in the model"));
}

void PeftAdapter::add_update(const TensorInfo& tensor, const std::string& module, bool is_a,
                             const AdapterBase& base) {
  if (std::ranges::find(base.unused, module) != base.unused.end()) {
    if (is_a) unused_.push_back(module);
    return;
  }
  const AdapterTarget* target = find_target(base, module + std::string(kWeight));
  if (!target) {
    target = find_target(base, str(base.prefix, module, kWeight));
    if (target) bare_ = true;
  }
  if (!target || !target->linear) {
    refuse(str("found ", tensor.name, ", an adapter of ", module,
               ", which is no linear map of the "
               "backbone in ",
               base.folder,
               ": the adapter is of another base, or on the head, "
               "which is read only if it was saved whole; ",
               merge_advice(task_type_)));
  }
  Update& update = updates_[target->source];
  (is_a ? update.a : update.b) = &tensor;
}

// Each A and B against the base's weight and the config.
void PeftAdapter::check_updates(const PeftConfig& config, const AdapterBase& base) {
  std::vector<std::string> missing, unasked;
  for (const AdapterTarget& target : base.targets) {
    if (!target.linear) continue;
    const std::string module = module_of(target, base, bare_);
    const bool asked = config.selects(module);
    const auto found = updates_.find(target.source);
    if (found == updates_.end()) {
      if (asked) missing.push_back(module);
      continue;
    }
    if (!asked) unasked.push_back(module);
    Update& update = found->second;
    if (!update.a || !update.b) refuse(str("found one of A and B of ", module, ", expected both"));
    const int64_t rank = config.rank_of(module);
    const std::vector<int64_t> a{rank, target.shape[1]}, b{target.shape[0], rank};
    for (const auto& [tensor, expected] : {std::pair{update.a, a}, std::pair{update.b, b}}) {
      if (tensor->shape == expected) continue;
      refuse(str("found ", tensor->name, " ", shape_text(tensor->shape), ", expected ",
                 shape_text(expected), " for rank ", rank, " on the ", shape_text(target.shape),
                 " of ", base.folder,
                 ": the adapter is of another base, or its config of another "
                 "adapter"));
    }
    update.scale = config.scaling_of(module);
  }
  if (!unasked.empty()) {
    refuse(str("found adapters that target_modules of ", config.file,
               " does not ask for, so that PEFT would leave them out (", unasked.size(),
               "): ", first_of(unasked)));
  }
  if (!missing.empty()) {
    refuse(str("found no adapters that target_modules of ", config.file, " asks for (",
               missing.size(), "): ", first_of(missing)));
  }
}

// Every name of target_modules is the end of a module's, and every one of modules_to_save is there.
void PeftAdapter::check_targets(const PeftConfig& config, const AdapterBase& base) const {
  std::vector<std::string> modules = base.unused;
  std::set<std::string> last_parts;
  for (const AdapterTarget& target : base.targets) {
    if (!target.linear) continue;
    modules.push_back(module_of(target, base, bare_));
    last_parts.insert(modules.back().substr(modules.back().rfind('.') + 1));
  }
  for (const std::string& name : config.targets.list) {
    const ModuleNames one{.pattern = {}, .list = {name}};
    if (std::ranges::any_of(modules, [&](const auto& each) { return one.contains(each); }))
      continue;
    const std::vector<std::string> known(last_parts.begin(), last_parts.end());
    throw Error{ErrorKind::model, str(config.file, ": target_modules: found ", name,
                                      ", which matches no linear map of ", base.folder, "; it has ",
                                      join(known, ", "))};
  }
  if (updates_.empty() && unused_.empty()) {
    throw Error{ErrorKind::model, str(config.file,
                                      ": target_modules: found what matches no linear "
                                      "map with an adapter in ",
                                      kAdapterTensors)};
  }
}

// A module that was saved whole has all its tensors in the file: what it lacks would be the base's,
// beside which the rest was not trained.
void PeftAdapter::check_no_part_is_missing(const PeftConfig& config,
                                           const AdapterBase& base) const {
  const auto saved = [&](const std::string& name) {
    return std::ranges::any_of(config.saved_whole, [&](const std::string& module) {
      return str(".", name).find(str(".", module, ".")) != std::string::npos;
    });
  };
  const auto require = [&](const std::string& name, const std::string& source) {
    if (!saved(name) || replacements_.contains(source)) return;
    refuse(str("found no ", name,
               ", expected all of what modules_to_save names: it was lost when "
               "the adapter was saved"));
  };
  for (const AdapterTarget& target : base.targets) {
    const bool head = target.name.starts_with("score.") || target.name.starts_with("classifier.");
    if (!head || !lacks_head_) require(target.name, target.source);
  }
  for (const std::string& name : base.head) {
    if (!lacks_head_) require(name, name);
  }
}

// Every module of modules_to_save is in the file. PEFT adds both names of a head, score and
// classifier, of which a model has one.
void PeftAdapter::check_whole_modules(const PeftConfig& config, const AdapterBase& base) {
  const auto has = [&](const std::string& module) {
    return std::ranges::any_of(replacements_, [&](const auto& each) {
      const std::string own = each.first.substr(0, each.first.rfind('.'));
      return str(".", own).ends_with("." + module) || base.prefix + own == module;
    });
  };
  bool names_head = false;
  for (const std::string& module : config.saved_whole) {
    const bool head = module == "score" || module == "classifier";
    names_head |= head;
    if (head || has(module)) continue;
    refuse(
        str("found no tensor of ", module, ", which modules_to_save of ", config.file, " names"));
  }
  const auto of_head = [](const auto& each) {
    return each.first.starts_with("score.") || each.first.starts_with("classifier.");
  };
  lacks_head_ = names_head && std::ranges::none_of(replacements_, of_head);
  check_no_part_is_missing(config, base);
}

const TensorInfo* PeftAdapter::replacement(std::string_view source) const {
  const auto found = replacements_.find(source);
  return found == replacements_.end() ? nullptr : found->second;
}

std::vector<std::string> PeftAdapter::replacements() const {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : replacements_) names.push_back(name);
  return names;
}

void PeftAdapter::read_replacement(std::string_view source, const at::Tensor& values) const {
  file_.read(*replacements_.find(source)->second, values);
}

void PeftAdapter::merge(std::string_view source, const at::Tensor& values) const {
  const Update& update = updates_.find(source)->second;
  const at::Tensor a = at::empty(update.a->shape, values.options()),
                   b = at::empty(update.b->shape, values.options());
  file_.read(*update.a, a);
  file_.read(*update.b, b);
  values.add_(at::mm(b, a).mul_(update.scale));
}

std::vector<fs::path> PeftAdapter::files() const {
  return {folder_ / kAdapterConfig, folder_ / kAdapterTensors};
}

std::string PeftAdapter::text() const {
  std::set<int64_t> ranks;
  for (const auto& [source, update] : updates_) ranks.insert(update.a->shape[0]);
  std::vector<std::string> shown_ranks;
  for (const int64_t rank : ranks) shown_ranks.push_back(str(rank));
  std::string out = str("LoRA of rank ", join(shown_ranks, ", "), " on ",
                        count_text(std::ssize(updates_), "linear map"));
  if (!replacements_.empty()) out += str(", and ", first_of(replacements()), " whole");
  return out;
}

}  // namespace laurel
