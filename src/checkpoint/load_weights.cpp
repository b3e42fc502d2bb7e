// From a checked folder to parameters: reads what the folder has, draws what it has not.
#include "checkpoint/load_weights.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <algorithm>

#include "model/pooled_layers.h"
#include "ops/types.h"

namespace laurel {

namespace {

// As in the folder's files; what older programs called it, if the folder has that.
std::string name_in_folder(const ModelFolder& model, const std::string& name) {
  std::string now = name_in_files(model.backbone, name, model.prefix);
  if (model.tensors.find(now)) return now;
  const std::optional<std::string> then = older_tensor_name(model.backbone, now);
  return then && model.tensors.find(*then) ? *then : now;
}

bool is_pooled_layer(const BackboneInfo& info, const std::string& name) {
  return std::ranges::find(info.pooled_layers, name) != info.pooled_layers.end();
}

void read_backbone_weights(const ModelFolder& folder, ParameterBuffer& backbone) {
  for (const ExpectedTensor& expected : expected_tensors(folder)) {
    const TensorSpec* const spec = backbone.layout.find(expected.name);
    if (spec == nullptr) continue;  // of the head
    if (backbone.weights.scalar_type() == at::kBFloat16) {
      const at::Tensor values = at::empty(spec->shape, at::kFloat);
      folder.tensors.read(expected.source_name, values);
      set_values(backbone, *spec, values);
    } else {
      folder.tensors.read(expected.source_name, view(backbone.weights, *spec));
    }
  }
  if (folder.keep_pooled_layers) return;
  init_pooled_layers(backbone, backbone_info(folder.backbone),
                     static_cast<uint64_t>(folder.head_seed));
}

void read_head(const ModelFolder& folder, ParameterBuffer& head) {
  if (!folder.keep_head) return init_head(head, static_cast<uint64_t>(folder.head_seed));
  const TensorSpec& weight = head_weight(head.layout);
  folder.tensors.read(weight.name, view(head.weights, weight));
  if (const TensorSpec* bias = head_bias(head.layout)) {
    folder.tensors.read(bias->name, view(head.weights, *bias));
  }
}

}  // namespace

bool has_pooled_layers(const ModelFolder& model) {
  const std::vector<std::string> names = backbone_info(model.backbone).pooled_layers;
  return names.empty() || std::ranges::any_of(names, [&](const std::string& name) {
           return model.tensors.find(name_in_folder(model, name)) != nullptr;
         });
}

std::vector<ExpectedTensor> expected_tensors(const ModelFolder& model) {
  std::vector<ExpectedTensor> out;
  const BackboneInfo info = backbone_info(model.backbone);
  for (const TensorSpec& spec : backbone_layout(model.backbone).tensors) {
    if (!model.keep_pooled_layers && is_pooled_layer(info, spec.name)) continue;
    out.push_back({spec.name, name_in_folder(model, spec.name), spec.shape});
  }
  const HeadNames& head = info.head;
  if (!model.keep_head) return out;
  out.push_back({head.weight, head.weight, {model.head.columns, info.hidden_size}});
  if (model.head.bias) out.push_back({head.bias, head.bias, {model.head.columns}});
  return out;
}

LoadedModel load_model(ModelFolder folder, bool training, at::ScalarType dtype,
                       const TrainingState& state, at::Device device) {
  const BackboneInfo info = backbone_info(folder.backbone);
  ParameterBuffer backbone = make_parameter_buffer(backbone_layout(folder.backbone), dtype);
  const auto loss_parameters = static_cast<int64_t>(folder.head.loss_parameters.size());
  ParameterBuffer head =
      make_parameter_buffer(head_layout(folder.head.columns, info.hidden_size, loss_parameters,
                                        folder.head.bias, info.head),
                            compute_type(dtype));
  if (training) add_low_halves(backbone, state.rounding);
  read_backbone_weights(folder, backbone);
  read_head(folder, head);
  if (loss_parameters > 0) {
    view(head.weights, head.layout.at(kLossParameters))
        .copy_(at::tensor(folder.head.loss_parameters, at::kDouble));
  }
  for (ParameterBuffer* buffer : {&backbone, &head}) move_to(*buffer, device);
  if (training) {
    make_trainable(backbone, state);
    make_trainable(head);
  }
  return {std::move(folder), {std::move(backbone), std::move(head)}};
}

}  // namespace laurel
