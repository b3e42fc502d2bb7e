// Saves and restores weights, moments, low halves and averages by tensor name.
#include "checkpoint/training_tensors.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <optional>

#include "core/str.h"

namespace laurel {

namespace {

constexpr const char* kSeenRows = "seen_rows";
constexpr const char* kAverageLossParameters = "loss_parameters.average";

at::Tensor copy_on_cpu(const at::Tensor& tensor) {
  if (!tensor.defined()) return {};
  return tensor.is_cpu() ? tensor.clone() : tensor.cpu();
}

bool is_rounded_stochastically(const ParameterBuffer& buffer) {
  return buffer.low.defined() && buffer.rounding == Rounding::stochastic;
}

// What training.safetensors holds of a tensor: nothing where it is not trained.
struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};

std::vector<NamedTensor> saved_tensors_of(const ParameterBuffer& buffer, const TensorSpec& spec) {
  if (!spec.trainable) return {};
  const auto of = [&](const at::Tensor& flat) { return trained_view(buffer.layout, flat, spec); };
  std::vector<NamedTensor> parts{{spec.name + ".moment1", of(buffer.moment1)},
                                 {spec.name + ".moment2", of(buffer.moment2)}};
  if (is_rounded_stochastically(buffer)) parts.push_back({spec.name + ".low", of(buffer.low)});
  if (spec.name != kLossParameters) return parts;
  parts.push_back({kLossParameters, view(buffer.weights, spec)});
  if (buffer.average.defined()) parts.push_back({kAverageLossParameters, of(buffer.average)});
  return parts;
}

// Whether the model of a checkpoint has the average of a tensor, so that its weights are beside it.
bool has_weights_beside(const ParameterBuffer& buffer, const TensorSpec& spec) {
  return buffer.average.defined() && spec.trainable && spec.name != kLossParameters;
}

std::string weights_name(const TensorSpec& spec) { return spec.name + ".weights"; }

// The weights that compute, from masters whose last bit is free and the low halves that say which
// way each was rounded.
void restore_rounding(const ParameterBuffer& buffer, const TensorSpec& spec,
                      const at::Tensor& masters) {
  const at::Tensor low = trained_view(buffer.layout, buffer.low, spec).view({-1});
  const at::Tensor up = low.cpu().to(at::kInt).bitwise_and(1);
  const at::Tensor high =
      masters.contiguous().view({-1}).view(at::kInt).bitwise_right_shift(16) + up;
  buffer.weights.narrow(0, spec.offset, spec.size).copy_(high.to(at::kShort).view(at::kBFloat16));
}

// `where`: what `found` was looked for in.
void check_shape(const std::filesystem::path& where, const std::string& name,
                 const TensorInfo* found, at::IntArrayRef expected) {
  if (found && found->shape == expected) return;
  throw Error{ErrorKind::checkpoint,
              str(where, ": tensor ", name, ": found ", found ? shape_text(found->shape) : "none",
                  ", expected ", shape_text(expected.vec()))};
}

void read_tensor(const SafetensorsFile& file, const std::string& name, const at::Tensor& to) {
  const TensorInfo* const found = file.find(name);
  check_shape(file.path(), name, found, to.sizes());
  if (to.is_cpu()) return file.read(*found, to);
  const at::Tensor here = at::empty(to.sizes(), to.options().device(at::kCPU));
  file.read(*found, here);
  to.copy_(here);
}

// In fp32, on the CPU.
at::Tensor read_weights(const SafetensorsFile& file, const TensorSpec& spec) {
  at::Tensor weights = at::empty(spec.shape, at::kFloat);
  read_tensor(file, weights_name(spec), weights);
  return weights;
}

// The averages of a checkpoint's model, not by way of weights, which may be bf16.
class AveragesOf {
 public:
  explicit AveragesOf(const std::filesystem::path& checkpoint)
      : checkpoint_(checkpoint), tensors_(checkpoint) {}

  void read(const ParameterBuffer& buffer, const TensorSpec& spec) const {
    check_shape(checkpoint_, spec.name, tensors_.find(spec.name), spec.shape);
    const at::Tensor here = at::empty(spec.shape, at::kFloat);
    tensors_.read(spec.name, here);
    trained_view(buffer.layout, buffer.average, spec).copy_(here);
  }

 private:
  std::filesystem::path checkpoint_;
  ShardedSafetensors tensors_;
};

}  // namespace

// The layout of what is trained by itself.
static Layout trained_layout(const Layout& layout) {
  Layout trained;
  for (TensorSpec spec : layout.tensors) {
    if (spec.offset < layout.trained_begin) continue;
    spec.offset -= layout.trained_begin;
    trained.tensors.push_back(std::move(spec));
  }
  for (const auto& [begin, end] : layout.blocks) {
    if (begin < layout.trained_begin) continue;
    trained.blocks.push_back({begin - layout.trained_begin, end - layout.trained_begin});
  }
  trained.size = layout.size - layout.trained_begin;
  return trained;
}

Parameters snapshot(const Parameters& parameters) {
  const auto copy = [](const ParameterBuffer& buffer) {
    if (!buffer.weights.defined()) return buffer;  // no adapters
    return ParameterBuffer{.layout = trained_layout(buffer.layout),
                           .weights = copy_on_cpu(trained_weights(buffer)),
                           .low = copy_on_cpu(buffer.low),
                           .gradient = {},
                           .moment1 = copy_on_cpu(buffer.moment1),
                           .moment2 = copy_on_cpu(buffer.moment2),
                           .average = copy_on_cpu(buffer.average),
                           .rounding = buffer.rounding};
  };
  return {copy(parameters.backbone), copy(parameters.head), copy(parameters.adapters),
          parameters.adapter_scale};
}

std::vector<TensorToWrite> model_tensors(const Parameters& parameters) {
  std::vector<TensorToWrite> out;
  for (const ParameterBuffer& buffer : parameters.buffers()) {
    for (const TensorSpec& spec : buffer.layout.tensors) {
      if (spec.name == kLossParameters || !spec.trainable) continue;
      const auto read = [&buffer, &spec] { return kept_values(buffer, spec); };
      out.push_back({spec.name, spec.shape, at::kFloat, read});
    }
  }
  return out;
}

void write_training_tensors(const std::filesystem::path& file, const Parameters& parameters,
                            const std::vector<bool>& seen_rows) {
  std::vector<TensorToWrite> tensors;
  const auto add = [&](const std::string& name, const at::Tensor& tensor) {
    tensors.push_back(
        {name, tensor.sizes().vec(), tensor.scalar_type(), [tensor] { return tensor; }});
  };
  for (const ParameterBuffer& buffer : parameters.buffers()) {
    for (const TensorSpec& spec : buffer.layout.tensors) {
      for (const auto& [name, tensor] : saved_tensors_of(buffer, spec)) add(name, tensor);
      if (!has_weights_beside(buffer, spec)) continue;
      const auto read = [&buffer, &spec] { return values(buffer, spec); };
      tensors.push_back({weights_name(spec), spec.shape, at::kFloat, read});
    }
  }
  const at::Tensor rows = at::empty({static_cast<int64_t>(seen_rows.size())}, at::kByte);
  std::ranges::copy(seen_rows, rows.mutable_data_ptr<uint8_t>());
  add(kSeenRows, rows);
  write_safetensors(file, std::move(tensors));
}

static std::vector<bool> read_seen_rows(const SafetensorsFile& file, const Parameters& parameters) {
  const TensorInfo* const found = file.find(kSeenRows);
  int64_t rows = 0;
  for (const TensorSpec& spec : parameters.backbone.layout.tensors) {
    if (spec.is_embedding && spec.trainable) rows = spec.shape[0];
  }
  const bool none = found != nullptr && found->shape == std::vector<int64_t>{0};
  const at::Tensor bytes = at::empty({none ? 0 : rows}, at::kByte);
  read_tensor(file, kSeenRows, bytes);
  const uint8_t* const first = bytes.const_data_ptr<uint8_t>();
  return std::vector<bool>(first, first + bytes.numel());
}

std::vector<bool> read_training_tensors(const std::filesystem::path& path, Parameters& parameters) {
  const SafetensorsFile file(path, ErrorKind::checkpoint);
  std::optional<AveragesOf> averages;
  if (parameters.head.average.defined()) averages.emplace(path.parent_path());
  size_t known = 1;
  for (ParameterBuffer& buffer : parameters.buffers()) {
    for (const TensorSpec& spec : buffer.layout.tensors) {
      if (has_weights_beside(buffer, spec)) {
        averages->read(buffer, spec);
        set_values(buffer, spec, read_weights(file, spec));
        ++known;
      }
      // Before the low halves are replaced: splitting has rounded to nearest, which keeps masters.
      const bool drawn = is_rounded_stochastically(buffer) && spec.trainable;
      const at::Tensor masters = drawn ? values(buffer, spec) : at::Tensor();
      for (const auto& [name, tensor] : saved_tensors_of(buffer, spec)) {
        read_tensor(file, name, tensor);
        ++known;
      }
      if (masters.defined()) restore_rounding(buffer, spec, masters);
    }
  }
  std::vector<bool> seen_rows = read_seen_rows(file, parameters);
  if (known != file.tensors().size()) {
    throw Error{ErrorKind::checkpoint, str(path, ": found ", file.tensors().size(),
                                           " tensors, expected the ", known, " of this model")};
  }
  return seen_rows;
}

void read_trained_weights(const std::filesystem::path& path, Parameters& parameters) {
  const SafetensorsFile file(path, ErrorKind::checkpoint);
  for (ParameterBuffer& buffer : parameters.buffers()) {
    for (const TensorSpec& spec : buffer.layout.tensors) {
      if (spec.name == kLossParameters) read_tensor(file, spec.name, view(buffer.weights, spec));
      if (file.find(weights_name(spec))) set_values(buffer, spec, read_weights(file, spec));
    }
  }
}

}  // namespace laurel
