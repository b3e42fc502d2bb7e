// Final norm and pooling, in the head's type.
#include "model/rms_features.h"

#include "model/position_pooling.h"

namespace laurel {

at::Tensor rms_features_forward(const at::Tensor& hidden, const TokenBatch& tokens,
                                const FinalNorm& norm, const at::TensorOptions& type,
                                SavedRmsFeatures& saved) {
  const auto scalar = c10::typeMetaToScalarType(type.dtype());
  saved.hidden = hidden.to(scalar);
  const at::Tensor normed = saved.normed.take(hidden.sizes(), type);
  rms_norm_forward(saved.hidden, norm.weight.to(scalar), norm.eps, normed,
                   saved.rms.take({hidden.size(0)}, type), norm.scale);
  const at::Tensor features =
      saved.features.take({tokens.pool_begin.size(0), hidden.size(1)}, type);
  pool_forward(normed, tokens, features);
  return features;
}

void rms_features_backward(const at::Tensor& grad, const TokenBatch& tokens, const FinalNorm& norm,
                           SavedRmsFeatures& saved, const at::Tensor& grad_weight,
                           const at::Tensor& grad_hidden) {
  const at::Tensor grad_normed = saved.grad.take(grad_hidden.sizes(), grad.options());
  pool_backward(grad, tokens, grad_normed);
  rms_norm_backward(grad_normed, {saved.hidden, saved.rms.get()},
                    norm.weight.to(grad.scalar_type()), grad_normed, grad_weight,
                    WriteMode::overwrite, norm.scale);
  grad_hidden.copy_(grad_normed);
}

}  // namespace laurel
