// The gated activation of the MLP: silu(gate) * up (2002.05202).
#pragma once

#include <ATen/core/Tensor.h>

namespace laurel {

// gate_up (T, 2 I): gate, then up. out (T, I) = gate * sigmoid(gate) * up.
void gated_silu_forward(const at::Tensor& gate_up, const at::Tensor& out);

// grad (T, I) -> grad_gate_up (T, 2 I). Also computes the forward pass's product again, into
// `activated` (T, I), which the gradient of the next matrix needs.
void gated_silu_backward(const at::Tensor& grad, const at::Tensor& gate_up,
                         const at::Tensor& activated, const at::Tensor& grad_gate_up);

}  // namespace laurel
