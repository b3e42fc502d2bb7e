// Chooses the targets of adapters, lays them out, draws and merges them.
#include "model/adapter.h"

#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"
#include "core/random.h"
#include "core/str.h"

namespace laurel {

namespace {

// "model.layers.3.mlp.up_proj" of ".weight".
std::string module_of(const TensorSpec& spec) {
  constexpr std::string_view kWeight = ".weight";
  return spec.name.ends_with(kWeight) ? spec.name.substr(0, spec.name.size() - kWeight.size())
                                      : std::string();
}

std::string last_component(const std::string& module) {
  return module.substr(module.rfind('.') + 1);
}

// As PEFT matches a list: the whole name, or its end from a dot on.
bool matches(const std::string& module, const std::string& target) {
  return module == target || module.ends_with("." + target);
}

// The matrices of the blocks.
std::vector<const TensorSpec*> linears_of(const Layout& backbone, int64_t layers) {
  std::vector<const TensorSpec*> linears;
  for (const TensorSpec& spec : backbone.tensors) {
    const bool in_block = spec.block >= 1 && spec.block <= layers;
    if (in_block && spec.shape.size() == 2 && !module_of(spec).empty()) linears.push_back(&spec);
  }
  return linears;
}

[[noreturn]] void refuse_targets(const std::vector<std::string>& strange,
                                 const std::vector<const TensorSpec*>& linears) {
  std::vector<std::string> names;
  for (const TensorSpec* const spec : linears) {
    const std::string name = last_component(module_of(*spec));
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  throw Error{ErrorKind::usage, str("model.train.lora.targets: found \"", join(strange, "\", \""),
                                    "\", which no linear map of the blocks is called, expected "
                                    "one of: ",
                                    join(names, ", "))};
}

void check_targets(const std::vector<std::string>& targets,
                   const std::vector<const TensorSpec*>& linears) {
  if (targets.empty()) {
    throw Error{ErrorKind::usage,
                "model.train.lora.targets: found an empty list, expected names of linear maps, or "
                "null for all"};
  }
  std::vector<std::string> strange;
  for (const std::string& target : targets) {
    const bool any = std::ranges::any_of(
        linears, [&](const TensorSpec* spec) { return matches(module_of(*spec), target); });
    if (!any) strange.push_back(target);
  }
  if (!strange.empty()) refuse_targets(strange, linears);
  for (const TensorSpec* const spec : linears) {
    std::vector<std::string> found;
    for (const std::string& target : targets) {
      if (matches(module_of(*spec), target)) found.push_back(target);
    }
    if (found.size() < 2) continue;
    throw Error{ErrorKind::usage,
                str("model.train.lora.targets: found \"", found[0], "\" and \"", found[1],
                    "\", which both match ", module_of(*spec), ", expected one of them")};
  }
}

bool is_target(const TensorSpec& spec, const LoraOptions& options) {
  if (!options.targets) return true;
  return std::ranges::any_of(*options.targets, [&](const std::string& target) {
    return matches(module_of(spec), target);
  });
}

uint64_t stream_of(std::string_view name) {
  uint64_t hash = 0xCBF29CE484222325u;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return hash;
}

bool is_a(const TensorSpec& spec) { return spec.name.ends_with(".lora_A.weight"); }

}  // namespace

double adapter_scale(const LoraOptions& options) {
  const auto rank = static_cast<double>(options.rank);
  return options.alpha / (options.scaling == AdapterScaling::by_rank ? rank : std::sqrt(rank));
}

// The A of a block first, each behind the one before it where both have one width: those of one
// input are then one matrix.
Layout adapter_layout(const Layout& backbone, int64_t layers, const LoraOptions& options) {
  const std::vector<const TensorSpec*> linears = linears_of(backbone, layers);
  if (options.targets) check_targets(*options.targets, linears);
  LayoutBuilder layout;
  for (int64_t block = 1; block <= layers; ++block) {
    std::vector<const TensorSpec*> targets;
    for (const TensorSpec* const spec : linears) {
      if (spec->block == block && is_target(*spec, options)) targets.push_back(spec);
    }
    layout.begin_block();
    for (size_t i = 0; i < targets.size(); ++i) {
      const bool same = i > 0 && targets[i]->shape[1] == targets[i - 1]->shape[1];
      layout.matrix(adapter_a_name(targets[i]->name), options.rank, targets[i]->shape[1],
                    same ? Placement::contiguous_with_previous : Placement::aligned);
    }
    for (const TensorSpec* const spec : targets) {
      layout.matrix(adapter_b_name(spec->name), spec->shape[0], options.rank);
    }
  }
  return layout.finish();
}

void init_adapters(ParameterBuffer& adapters, uint64_t seed) {
  for (const TensorSpec& spec : adapters.layout.tensors) {
    at::Tensor weight = view(adapters.weights, spec);
    if (!is_a(spec)) {
      weight.zero_();
      continue;
    }
    const double bound = 1 / std::sqrt(static_cast<double>(spec.shape[1]));
    Random random(seed, stream_of(spec.name));
    std::vector<double> values(static_cast<size_t>(spec.size));
    for (double& value : values) value = bound * (2 * random.uniform() - 1);
    weight.copy_(at::tensor(values, at::kDouble).view(spec.shape));
  }
}

AdapterSet adapter_set(const Parameters& parameters, const LoraOptions& options) {
  AdapterSet set{.options = options, .adapters = {}};
  const auto copy = [&](const std::string& name) {
    const ParameterBuffer& buffer = parameters.adapters;
    return values(buffer, buffer.layout.at(name)).to(at::kFloat).clone();
  };
  for (const TensorSpec& spec : parameters.backbone.layout.tensors) {
    if (spec.shape.size() != 2 || module_of(spec).empty()) continue;
    if (!parameters.adapters.layout.find(adapter_a_name(spec.name))) continue;
    set.adapters.push_back({.weight = spec.name,
                            .a = copy(adapter_a_name(spec.name)),
                            .b = copy(adapter_b_name(spec.name)),
                            .scale = parameters.adapter_scale});
  }
  return set;
}

void merge_adapter(const Adapter& adapter, const at::Tensor& weight) {
  TORCH_INTERNAL_ASSERT(weight.scalar_type() == at::kFloat);
  weight.addmm_(adapter.b, adapter.a, 1, adapter.scale);
}

}  // namespace laurel
