// Buffers are flat, files have names: a checkpoint must not depend on where a tensor lies.
#include "checkpoint/training_state.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <algorithm>

#include "core/str.h"

namespace laurel {

namespace {

constexpr const char* kScalars = "scalars";
constexpr const char* kTouched = "touched";

at::Tensor copy_on_cpu(const at::Tensor& tensor) {
  if (!tensor.defined()) return {};
  return tensor.is_cpu() ? tensor.clone() : tensor.cpu();
}

bool is_drawn(const Store& store) {
  return store.low.defined() && store.rounding == Rounding::stochastic;
}

// What training.safetensors holds of an entry.
struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};

std::vector<NamedTensor> parts_of(const Store& store, const Entry& entry) {
  std::vector<NamedTensor> parts{{entry.name + ".moment1", view(store.moment1, entry)},
                                 {entry.name + ".moment2", view(store.moment2, entry)}};
  if (is_drawn(store)) parts.push_back({entry.name + ".low", view(store.low, entry)});
  if (entry.name == kScalars) parts.push_back({kScalars, view(store.weights, entry)});
  return parts;
}

// The weights that compute, from masters whose last bit is free and the low halves that say which
// way each was rounded.
void round_as_before(const Store& store, const Entry& entry, const at::Tensor& masters) {
  const at::Tensor up =
      store.low.narrow(0, entry.offset, entry.size).cpu().to(at::kInt).bitwise_and(1);
  const at::Tensor high =
      masters.contiguous().view({-1}).view(at::kInt).bitwise_right_shift(16) + up;
  store.weights.narrow(0, entry.offset, entry.size).copy_(high.to(at::kShort).view(at::kBFloat16));
}

void read_tensor(const SafetensorsFile& file, const std::string& name, const at::Tensor& to) {
  const TensorInfo* const found = file.find(name);
  if (!found || found->shape != to.sizes()) {
    throw Error{ErrorKind::checkpoint, str(file.path(), ": tensor ", name, ": found ",
                                           found ? shape_text(found->shape) : "none", ", expected ",
                                           shape_text(to.sizes().vec()))};
  }
  if (to.is_cpu()) return file.read(*found, to);
  const at::Tensor here = at::empty(to.sizes(), to.options().device(at::kCPU));
  file.read(*found, here);
  to.copy_(here);
}

}  // namespace

Parameters snapshot(const Parameters& parameters) {
  Parameters copy;
  for (const Store& store : parameters.stores) {
    copy.stores.push_back({.layout = store.layout,
                           .weights = copy_on_cpu(store.weights),
                           .low = copy_on_cpu(store.low),
                           .gradient = {},
                           .moment1 = copy_on_cpu(store.moment1),
                           .moment2 = copy_on_cpu(store.moment2),
                           .rounding = store.rounding});
  }
  return copy;
}

std::vector<TensorToWrite> model_tensors(const Parameters& parameters) {
  std::vector<TensorToWrite> out;
  for (const Store& store : parameters.stores) {
    for (const Entry& entry : store.layout.entries) {
      if (entry.name == kScalars) continue;
      const auto read = [&store, &entry] { return values(store, entry); };
      out.push_back({entry.name, entry.shape, at::kFloat, read});
    }
  }
  return out;
}

void write_training_state(const std::filesystem::path& file, const Parameters& parameters,
                          const std::vector<bool>& touched) {
  std::vector<TensorToWrite> tensors;
  const auto add = [&](const std::string& name, const at::Tensor& tensor) {
    tensors.push_back(
        {name, tensor.sizes().vec(), tensor.scalar_type(), [tensor] { return tensor; }});
  };
  for (const Store& store : parameters.stores) {
    for (const Entry& entry : store.layout.entries) {
      for (const auto& [name, tensor] : parts_of(store, entry)) add(name, tensor);
    }
  }
  const at::Tensor rows = at::empty({static_cast<int64_t>(touched.size())}, at::kByte);
  std::ranges::copy(touched, rows.mutable_data_ptr<uint8_t>());
  add(kTouched, rows);
  write_safetensors(file, std::move(tensors));
}

static std::vector<bool> read_touched(const SafetensorsFile& file, const Parameters& parameters) {
  const TensorInfo* const found = file.find(kTouched);
  int64_t rows = 0;
  for (const Entry& entry : parameters.stores.at(0).layout.entries) {
    if (entry.lookup) rows = entry.shape[0];
  }
  const bool none = found != nullptr && found->shape == std::vector<int64_t>{0};
  const at::Tensor bytes = at::empty({none ? 0 : rows}, at::kByte);
  read_tensor(file, kTouched, bytes);
  const uint8_t* const first = bytes.const_data_ptr<uint8_t>();
  return std::vector<bool>(first, first + bytes.numel());
}

std::vector<bool> read_training_state(const std::filesystem::path& path, Parameters& parameters) {
  const SafetensorsFile file(path, ErrorKind::checkpoint);
  size_t known = 1;
  for (const Store& store : parameters.stores) {
    for (const Entry& entry : store.layout.entries) {
      // Before the low halves are replaced: splitting has rounded to nearest, which keeps masters.
      const at::Tensor masters = is_drawn(store) ? values(store, entry) : at::Tensor();
      for (const auto& [name, tensor] : parts_of(store, entry)) {
        read_tensor(file, name, tensor);
        ++known;
      }
      if (masters.defined()) round_as_before(store, entry, masters);
    }
  }
  std::vector<bool> touched = read_touched(file, parameters);
  if (known != file.tensors().size()) {
    throw Error{ErrorKind::checkpoint, str(path, ": found ", file.tensors().size(),
                                           " tensors, expected the ", known, " of this model")};
  }
  return touched;
}

}  // namespace laurel
