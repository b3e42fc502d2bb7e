// A family's view of the parameters by tensor names: weights, or gradients in the same places.
#pragma once

#include <ATen/core/Tensor.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "model/parameters.h"
#include "ops/linear.h"

namespace laurel {

// Names are those of the layout without `prefix`, "model.layers.3.". In gradients, what is not
// trained is undefined, and operations compute no gradient of it.
class ParameterViews {
 public:
  enum class Of { weights, gradients };

  ParameterViews(const Parameters& parameters, Of of, std::string prefix = "")
      : parameters_(parameters), of_(of), prefix_(std::move(prefix)) {}

  // The tensor NAME, which the layout has.
  at::Tensor tensor(std::string_view name) const;

  // The same; undefined where the layout has none.
  at::Tensor tensor_if_there(std::string_view name) const;

  // Linear maps of one input as one: the rows of NAME.weight in this order, which follow one
  // another in the layout (Placement::contiguous_with_previous), NAME.bias where the first has one,
  // and the adapters of any of them: linear({"q_proj", "k_proj", "v_proj"}).
  Linear linear(std::initializer_list<std::string_view> names) const;

 private:
  at::Tensor range(const ParameterBuffer& buffer, const TensorSpec& first,
                   const TensorSpec& last) const;
  Adapters adapters(std::initializer_list<std::string_view> names) const;

  const Parameters& parameters_;
  Of of_;
  std::string prefix_;
};

inline ParameterViews weights_of(const Parameters& parameters, std::string prefix = "") {
  return {parameters, ParameterViews::Of::weights, std::move(prefix)};
}
inline ParameterViews gradients_of(const Parameters& parameters, std::string prefix = "") {
  return {parameters, ParameterViews::Of::gradients, std::move(prefix)};
}

}  // namespace laurel
