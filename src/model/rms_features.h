// The features of families that end in an RMS norm: the norm of the last block's output, pooled.
#pragma once

#include <ATen/core/Tensor.h>

#include "data/batch.h"
#include "model/buffer.h"
#include "ops/norm.h"

namespace laurel {

struct FinalNorm {
  at::Tensor weight;  // (D)
  double eps = 0;
  NormScale scale = NormScale::weight;
};
struct SavedRmsFeatures {
  at::Tensor hidden;      // (N, D), in the head's type
  Buffer rms, normed;     // (N), (N, D)
  Buffer features, grad;  // (P, D), (N, D)
};

// As BackboneRunner's features_forward and features_backward.
at::Tensor rms_features_forward(const at::Tensor& hidden, const TokenBatch& tokens,
                                const FinalNorm& norm, const at::TensorOptions& type,
                                SavedRmsFeatures& saved);
void rms_features_backward(const at::Tensor& grad, const TokenBatch& tokens, const FinalNorm& norm,
                           SavedRmsFeatures& saved, const at::Tensor& grad_weight,
                           const at::Tensor& grad_hidden);

}  // namespace laurel
