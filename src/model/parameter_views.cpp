// Finds tensors by name, and takes neighbours as one.
#include "model/parameter_views.h"

#include "core/str.h"

namespace laurel {

at::Tensor ParameterViews::range(const ParameterBuffer& buffer, const TensorSpec& first,
                                 const TensorSpec& last) const {
  if (of_ == Of::gradients && !has_gradient(buffer, first)) return {};
  const int64_t size = last.offset + last.size - first.offset;
  const at::Tensor flat =
      of_ == Of::weights
          ? buffer.weights.narrow(0, first.offset, size)
          : buffer.gradient.narrow(0, first.offset - buffer.layout.trained_begin, size);
  return first.shape.size() == 2 ? flat.view({-1, first.shape[1]}) : flat;
}

at::Tensor ParameterViews::tensor(std::string_view name) const {
  const TensorSpec& spec = parameters_.backbone.layout.at(str(prefix_, name));
  return range(parameters_.backbone, spec, spec);
}

at::Tensor ParameterViews::tensor_if_there(std::string_view name) const {
  const TensorSpec* const spec = parameters_.backbone.layout.find(str(prefix_, name));
  return spec ? range(parameters_.backbone, *spec, *spec) : at::Tensor();
}

Linear ParameterViews::linear(std::initializer_list<std::string_view> names) const {
  const Layout& layout = parameters_.backbone.layout;
  const auto find = [&](std::string_view name, const char* part) {
    return layout.find(str(prefix_, name, part));
  };
  const std::string_view first = *names.begin(), last = *(names.end() - 1);
  const TensorSpec* end = find(first, ".weight");
  for (const std::string_view name : names) {
    const TensorSpec& spec = layout.at(str(prefix_, name, ".weight"));
    TORCH_INTERNAL_ASSERT(&spec == end || spec.offset == end->offset + end->size, spec.name,
                          " does not follow ", end->name);
    end = &spec;
  }
  Linear linear{.weight = range(parameters_.backbone, *find(first, ".weight"), *end), .bias = {}};
  if (const TensorSpec* const bias = find(first, ".bias")) {
    linear.bias = range(parameters_.backbone, *bias, layout.at(str(prefix_, last, ".bias")));
  }
  linear.adapters = adapters(names);
  return linear;
}

// In the layout of adapters, the A of one input follow one another as their weights do.
Adapters ParameterViews::adapters(std::initializer_list<std::string_view> names) const {
  const ParameterBuffer& buffer = parameters_.adapters;
  Adapters out;
  const TensorSpec *first = nullptr, *last = nullptr;
  int64_t row = 0;
  for (const std::string_view name : names) {
    const std::string tensor = str(prefix_, name, ".weight");
    const TensorSpec* const a = buffer.layout.find(adapter_a_name(tensor));
    if (a != nullptr) {
      TORCH_INTERNAL_ASSERT(last == nullptr || a->offset == last->offset + last->size);
      const TensorSpec& b = buffer.layout.at(adapter_b_name(tensor));
      out.parts.push_back(
          {.first_row = row, .scale = parameters_.adapter_scale, .b = range(buffer, b, b)});
      if (first == nullptr) first = a;
      last = a;
    }
    row += parameters_.backbone.layout.at(tensor).shape[0];
  }
  if (first != nullptr) out.a = range(buffer, *first, *last);
  return out;
}

}  // namespace laurel
