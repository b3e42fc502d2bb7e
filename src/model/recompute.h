// Gradient checkpointing: what a block's backward pass computes again. Every family has the same
// levels.
#pragma once

#include <array>

namespace laurel {

// What a block's backward pass computes again because its forward pass did not keep it.
enum class Recompute {
  none,
  gate_up,    // the gate and up products
  inputs,     // everything but the block's input
  automatic,  // the first of these for which there is memory
};
constexpr auto enum_names(Recompute) { return std::array{"none", "gate_up", "inputs", "auto"}; }

}  // namespace laurel
