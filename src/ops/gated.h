// The gated activations of the MLP (2002.05202): act(gate) * up, with act = silu (Llama) or gelu in
// its approximation by tanh (Gemma).
#pragma once

#include <ATen/core/Tensor.h>

namespace laurel {

// gate_up (T, 2 I): gate, then up. out (T, I) = gate * sigmoid(gate) * up.
void gated_silu_forward(const at::Tensor& gate_up, const at::Tensor& out);

// grad (T, I) -> grad_gate_up (T, 2 I). Also computes the forward pass's product again, into
// `activated` (T, I), which the gradient of the next matrix needs.
void gated_silu_backward(const at::Tensor& grad, const at::Tensor& gate_up,
                         const at::Tensor& activated, const at::Tensor& grad_gate_up);

// The same with gelu(x) = x / 2 (1 + tanh(u)) = x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3)
// (1606.08415, "gelu_pytorch_tanh" of transformers).
void gated_gelu_tanh_forward(const at::Tensor& gate_up, const at::Tensor& out);
void gated_gelu_tanh_backward(const at::Tensor& grad, const at::Tensor& gate_up,
                              const at::Tensor& activated, const at::Tensor& grad_gate_up);

}  // namespace laurel
