// Lays an adapter over the files of its base.
#include "checkpoint/model_tensors.h"

#include <ATen/ops/empty.h>

#include <set>

#include "core/error.h"
#include "core/str.h"

namespace laurel {

namespace {

// Files are known by their first tensor.
std::string prefix_of(const Backbone& backbone, const ShardedSafetensors& tensors,
                      const std::filesystem::path& where) {
  const std::string first = backbone_layout(backbone).tensors.front().name;
  const std::string bare = name_in_files(backbone, first, "");
  const BackboneInfo info = backbone_info(backbone);
  if (tensors.find(first)) return info.tensor_prefix;
  if (tensors.find(bare)) return "";
  for (const std::string& prefix : info.other_prefixes) {
    if (tensors.find(prefix + bare)) return prefix;
  }
  throw Error{ErrorKind::model, str(where, ": found neither the tensor ", first, " nor ", bare,
                                    ", expected one of them")};
}

AdapterBase base_of_adapter(const std::filesystem::path& folder, const Backbone& backbone,
                            const std::string& prefix) {
  AdapterBase base{.folder = folder.string(),
                   .prefix = backbone_info(backbone).tensor_prefix,
                   .targets = {},
                   .unused = {"lm_head"},
                   .head = {backbone_info(backbone).head.weight}};
  if (backbone_info(backbone).head_has_bias) base.head.push_back(backbone_info(backbone).head.bias);
  for (const TensorSpec& spec : backbone_layout(backbone).tensors) {
    base.targets.push_back({.name = spec.name,
                            .source = name_in_files(backbone, spec.name, prefix),
                            .shape = spec.shape,
                            .linear = spec.shape.size() == 2 && spec.block >= 1});
  }
  return base;
}

}  // namespace

std::string name_in_files(const Backbone& backbone, const std::string& name,
                          const std::string& prefix) {
  const std::string own = backbone_info(backbone).tensor_prefix;
  return name.starts_with(own) ? prefix + name.substr(own.size()) : name;
}

OpenedTensors open_tensors(const ModelSource& source, const Backbone& backbone) {
  ShardedSafetensors files(source.base_folder);
  const std::string prefix = prefix_of(backbone, files, source.base_folder);
  if (!source.adapter) return {ModelTensors(std::move(files)), prefix, {}};
  PeftAdapter adapter(source.folder, *source.adapter,
                      base_of_adapter(source.base_folder, backbone, prefix));
  std::vector<std::string> notes = {
      str("adapter: ", adapter.text(), ", merged into ", source.base_folder)};
  if (!adapter.unused().empty()) {
    notes.push_back(str("adapter: that of ", join(adapter.unused(), ", "),
                        " is left out: rewards do not depend on it"));
  }
  return {ModelTensors(std::move(files), std::move(adapter)), prefix, std::move(notes)};
}

std::vector<std::string> ModelTensors::names() const {
  const std::vector<std::string> own = files_.names();
  std::set<std::string> names(own.begin(), own.end());
  if (adapter_) {
    for (const std::string& name : adapter_->replacements()) names.insert(name);
  }
  return {names.begin(), names.end()};
}

std::vector<std::filesystem::path> ModelTensors::files() const {
  std::vector<std::filesystem::path> out = files_.files();
  if (!adapter_) return out;
  for (const auto& file : adapter_->files()) out.push_back(file);
  return out;
}

const TensorInfo* ModelTensors::find(std::string_view name) const {
  const TensorInfo* whole = adapter_ ? adapter_->replacement(name) : nullptr;
  return whole ? whole : files_.find(name);
}

bool ModelTensors::has_head_bias(const HeadNames& head) const {
  if (adapter_ && adapter_->replacement(head.weight)) return adapter_->replacement(head.bias);
  return find(head.bias) != nullptr;
}

void ModelTensors::read(std::string_view name, const at::Tensor& destination) const {
  if (!adapter_) return files_.read(name, destination);
  const bool adapts = adapter_->adapts(name);
  const bool narrow = adapts && destination.element_size() < 4;
  const at::Tensor values =
      narrow ? at::empty(destination.sizes(), destination.options().dtype(at::kFloat))
             : destination;
  if (adapter_->replacement(name)) {
    adapter_->read_replacement(name, values);
  } else {
    files_.read(name, values);
  }
  if (adapts) adapter_->merge(name, values);
  if (narrow) destination.copy_(values);
}

}  // namespace laurel
