// Hands the ranges of each store to the AdamW kernel.
#include "train/optimizer.h"

#include "ops/adamw.h"

namespace laurel {

Optimizer::Optimizer(const OptimizerOptions& options, Parameters& parameters)
    : options_(options), parameters_(parameters) {
  for (const Store& store : parameters_.stores) ranges_.push_back(update_ranges(store.layout));
}

double Optimizer::gradient_norm() const {
  std::vector<at::Tensor> gradients;
  for (const Store& store : parameters_.stores) gradients.push_back(store.gradient);
  return laurel::gradient_norm(gradients);
}

void Optimizer::step(double lr, double norm) {
  const AdamW update{.lr = lr,
                     .beta1 = options_.betas[0],
                     .beta2 = options_.betas[1],
                     .eps = options_.eps,
                     .weight_decay = options_.weight_decay,
                     .update = ++updates_,
                     .gradient_scale = clip_factor(norm, options_.max_grad_norm)};
  for (size_t i = 0; i < parameters_.stores.size(); ++i) {
    Store& store = parameters_.stores[i];
    adamw_step({.weights = store.weights,
                .gradient = store.gradient,
                .moment1 = store.moment1,
                .moment2 = store.moment2,
                .low = store.low},
               ranges_[i], update);
  }
}

}  // namespace laurel
