// Dropout (1207.0580) of rows, in place. Its backward pass is the same function of the gradient.
#pragma once

#include <ATen/core/Tensor.h>

#include "ops/cpu/dropout_mask.h"

namespace laurel {

// x (rows, width), on the CPU: each element becomes zero or 1 / (1 - rate) times itself. Nothing
// happens where the mask drops nothing.
void drop(const at::Tensor& x, const DropoutMask& mask);

}  // namespace laurel
