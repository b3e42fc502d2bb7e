// GELU (1606.08415) in its exact form, x Phi(x) with the normal distribution Phi, alone and as the
// gate of a gated activation (2002.05202).
#pragma once

#include <ATen/core/Tensor.h>

namespace laurel {

// x (T, I) -> out (T, I) = x Phi(x). Contiguous, as all of these.
void exact_gelu_forward(const at::Tensor& x, const at::Tensor& out);

// grad (T, I) -> grad_x (T, I) = grad (Phi(x) + x phi(x)), phi the density of Phi. Also computes the
// forward pass's result again, into `activated` (T, I), which the gradient of the next matrix needs.
void exact_gelu_backward(const at::Tensor& grad, const at::Tensor& x, const at::Tensor& activated,
                         const at::Tensor& grad_x);

// gate_up (T, 2 I): gate, then up. out (T, I) = gate Phi(gate) up.
void gated_exact_gelu_forward(const at::Tensor& gate_up, const at::Tensor& out);

// grad (T, I) -> grad_gate_up (T, 2 I), and the forward pass's result again, into `activated`.
void gated_exact_gelu_backward(const at::Tensor& grad, const at::Tensor& gate_up,
                               const at::Tensor& activated, const at::Tensor& grad_gate_up);

}  // namespace laurel
