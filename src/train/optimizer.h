// AdamW over the stores of a model: one norm over all gradients, then one update of every trained
// range.
#pragma once

#include <cstdint>
#include <vector>

#include "core/options.h"
#include "model/parameters.h"

namespace laurel {

struct OptimizerOptions {
  double lr = 1e-5;
  std::vector<double> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 0;
  double max_grad_norm = 1.0;

  void fields(auto& visit) {
    visit("lr", lr, "Peak learning rate.", Range{.min = 0});
    visit("betas", betas, "AdamW's decay of the first and the second moment.",
          Range{.min = 0, .max = 0.9999999});
    visit("eps", eps, "AdamW's epsilon.", Above{.min = 0});
    visit("weight_decay", weight_decay, "Decoupled decay of matrices; never of norms and biases.",
          Range{.min = 0});
    visit("max_grad_norm", max_grad_norm, "Clip the global gradient norm to this; 0 disables.",
          Range{.min = 0});
  }
};

class Optimizer {
 public:
  // The stores must have been made trainable and must outlive this.
  Optimizer(const OptimizerOptions& options, Parameters& parameters);

  // Tokens (T, int32) of this step, before gradient_norm: without weight decay, rows of the
  // embedding that no step has had yet are left out of norm and update, which changes neither.
  void touch(const at::Tensor& ids);

  // Euclidean norm of all gradients, before clipping.
  double gradient_norm();

  // Clips by `norm`, updates with rate `lr`, zeroes the gradients.
  void step(double lr, double norm);

 private:
  OptimizerOptions options_;
  Parameters& parameters_;
  std::vector<bool> touched_;                     // by row of the embedding; empty: all count
  std::vector<std::vector<UpdateRange>> ranges_;  // by store, of this step
  int64_t updates_ = 0;
};

}  // namespace laurel
