// From a checked folder to parameters: reads what the folder or its base has, draws what neither has.
#include "checkpoint/load_weights.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <algorithm>

#include "model/pooled_layers.h"
#include "ops/types.h"

namespace laurel {

namespace {

bool is_pooled_layer(const BackboneInfo& info, const std::string& name) {
  return std::ranges::find(info.pooled_layers, name) != info.pooled_layers.end();
}

// As the base has it.
ExpectedTensor in_base(const ModelFolder& model, const ExpectedTensor& tensor) {
  return {tensor.name, source_name(*model.base, tensor.name), tensor.shape};
}

// The folder's adapter of a weight; undefined tensors: none.
Adapter read_adapter(const ModelFolder& model, const ExpectedTensor& tensor) {
  Adapter adapter{.weight = tensor.name, .a = {}, .b = {}, .scale = 1};
  const LoraOptions* const lora = lora_of(model.parts);
  if (lora == nullptr || tensor.shape.size() != 2 ||
      tensor.name == backbone_info(model.backbone).head.weight)
    return adapter;
  const std::string a = adapter_a_name(tensor.name), b = adapter_b_name(tensor.name);
  if (!model.tensors.find(a)) return adapter;
  adapter.a = at::empty({lora->rank, tensor.shape[1]}, at::kFloat);
  adapter.b = at::empty({tensor.shape[0], lora->rank}, at::kFloat);
  adapter.scale = adapter_scale(*lora);
  model.tensors.read(a, adapter.a);
  model.tensors.read(b, adapter.b);
  return adapter;
}

// Adapters that stay by themselves change no weight of the base.
void read_backbone_weights(const ModelFolder& model, ParameterBuffer& backbone) {
  const bool beside = lora_of(model.parts) && !model.merges_adapters;
  for (const ExpectedTensor& tensor : expected_tensors(model)) {
    const TensorSpec* const spec = backbone.layout.find(tensor.name);
    if (spec == nullptr) continue;  // of the head
    const bool of_base = beside && !model.tensors.find(tensor.name);
    const auto read = [&](const at::Tensor& to) {
      of_base ? read_tensor(*model.base, in_base(model, tensor), to)
              : read_tensor(model, tensor, to);
    };
    if (backbone.weights.scalar_type() == at::kBFloat16) {
      const at::Tensor values = at::empty(spec->shape, at::kFloat);
      read(values);
      set_values(backbone, *spec, values);
    } else {
      read(view(backbone.weights, *spec));
    }
  }
  if (model.keep_pooled_layers) return;
  init_pooled_layers(backbone, backbone_info(model.backbone),
                     static_cast<uint64_t>(model.head_seed));
}

ParameterBuffer load_backbone(const ModelFolder& model, bool training, at::ScalarType dtype,
                              Rounding rounding) {
  Layout layout = backbone_layout(model.backbone);
  choose_trained(layout, backbone_info(model.backbone), model.trained);
  ParameterBuffer backbone = make_parameter_buffer(std::move(layout), dtype);
  if (training) add_low_halves(backbone, rounding);
  read_backbone_weights(model, backbone);
  return backbone;
}

void read_head(const ModelFolder& folder, ParameterBuffer& head) {
  if (!folder.keep_head) return init_head(head, static_cast<uint64_t>(folder.head_seed));
  const TensorSpec& weight = head_weight(head.layout);
  folder.tensors.read(weight.name, view(head.weights, weight));
  if (const TensorSpec* bias = head_bias(head.layout)) {
    folder.tensors.read(bias->name, view(head.weights, *bias));
  }
}

ParameterBuffer load_head(const ModelFolder& model, at::ScalarType type) {
  const BackboneInfo info = backbone_info(model.backbone);
  const auto loss_parameters = static_cast<int64_t>(model.head.loss_parameters.size());
  ParameterBuffer head =
      make_parameter_buffer(head_layout(model.head.columns, info.hidden_size, loss_parameters,
                                        model.head.bias, info.head),
                            type);
  read_head(model, head);
  if (loss_parameters > 0) {
    view(head.weights, head.layout.at(kLossParameters))
        .copy_(at::tensor(model.head.loss_parameters, at::kDouble));
  }
  return head;
}

// Empty where the model has no adapters.
ParameterBuffer load_adapters(const ModelFolder& model, const LoraOptions& lora,
                              at::ScalarType type) {
  ParameterBuffer adapters = make_parameter_buffer(
      adapter_layout(backbone_layout(model.backbone), backbone_info(model.backbone).layers, lora),
      type);
  if (!lora_of(model.parts) || model.merges_adapters) {
    init_adapters(adapters, static_cast<uint64_t>(lora.seed));
    return adapters;
  }
  for (const TensorSpec& spec : adapters.layout.tensors) {
    model.tensors.read(spec.name, view(adapters.weights, spec));
  }
  return adapters;
}

}  // namespace

// What older programs called it, if the folder has that.
std::string source_name(const ModelFolder& model, const std::string& name) {
  std::string now = name_in_files(model.backbone, name, model.prefix);
  if (model.tensors.find(now)) return now;
  const std::optional<std::string> then = older_tensor_name(model.backbone, now);
  return then && model.tensors.find(*then) ? *then : now;
}

std::vector<std::filesystem::path> folders_of(const ModelFolder& model) {
  std::vector<std::filesystem::path> folders;
  if (model.base) folders = folders_of(*model.base);
  folders.insert(folders.end(), {model.folder, model.base_folder, model.text_folder});
  return folders;
}

bool has_foreign_bias(const ModelFolder& model) {
  return model.keep_head && model.head.bias && !backbone_info(model.backbone).head_has_bias;
}

bool has_pooled_layers(const ModelFolder& model) {
  const std::vector<std::string> names = backbone_info(model.backbone).pooled_layers;
  return names.empty() || std::ranges::any_of(names, [&](const std::string& name) {
           return model.tensors.find(source_name(model, name)) != nullptr;
         });
}

std::vector<ExpectedTensor> expected_tensors(const ModelFolder& model) {
  std::vector<ExpectedTensor> out;
  const BackboneInfo info = backbone_info(model.backbone);
  for (const TensorSpec& spec : backbone_layout(model.backbone).tensors) {
    if (!model.keep_pooled_layers && is_pooled_layer(info, spec.name)) continue;
    out.push_back({spec.name, source_name(model, spec.name), spec.shape});
  }
  const HeadNames& head = info.head;
  if (!model.keep_head) return out;
  out.push_back({head.weight, head.weight, {model.head.columns, info.hidden_size}});
  if (model.head.bias) out.push_back({head.bias, head.bias, {model.head.columns}});
  return out;
}

void read_tensor(const ModelFolder& model, const ExpectedTensor& tensor,
                 const at::Tensor& destination) {
  if (!model.base) return model.tensors.read(tensor.source_name, destination);
  if (model.tensors.find(tensor.name)) return model.tensors.read(tensor.name, destination);
  const Adapter adapter = read_adapter(model, tensor);
  if (!adapter.a.defined()) {
    return read_tensor(*model.base, in_base(model, tensor), destination);
  }
  const at::Tensor weight = at::empty(tensor.shape, at::kFloat);
  read_tensor(*model.base, in_base(model, tensor), weight);
  merge_adapter(adapter, weight);
  destination.copy_(weight);
}

std::optional<AdapterSet> stored_adapters(const ModelFolder& model) {
  const LoraOptions* const lora = lora_of(model.parts);
  if (lora == nullptr) return std::nullopt;
  AdapterSet set{.options = *lora, .adapters = {}};
  for (const ExpectedTensor& tensor : expected_tensors(model)) {
    Adapter adapter = read_adapter(model, tensor);
    if (adapter.a.defined()) set.adapters.push_back(std::move(adapter));
  }
  return set;
}

LoadedModel load_model(ModelFolder folder, bool training, at::ScalarType dtype,
                       const TrainingState& state, at::Device device) {
  Parameters parameters{.backbone = load_backbone(folder, training, dtype, state.rounding),
                        .head = load_head(folder, compute_type(dtype))};
  const bool stored = lora_of(folder.parts) && !folder.merges_adapters;
  const LoraOptions* const lora = stored     ? lora_of(folder.parts)
                                  : training ? lora_of(folder.trained)
                                             : nullptr;
  if (lora != nullptr) {
    parameters.adapters = load_adapters(folder, *lora, compute_type(dtype));
    parameters.adapter_scale = adapter_scale(*lora);
  }
  for (ParameterBuffer& buffer : parameters.buffers()) move_to(buffer, device);
  if (training) {
    make_trainable(parameters.backbone, state);
    make_trainable(parameters.head, {.average = state.average});
    make_trainable(parameters.adapters, {.average = state.average});
  }
  return {std::move(folder), std::move(parameters)};
}

}  // namespace laurel
