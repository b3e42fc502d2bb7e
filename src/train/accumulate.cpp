// Labels go to the model's device; autograd ends at the rewards.
#include "train/accumulate.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include "ops/cuda/device.h"
#include "train/out_of_memory.h"

namespace laurel {

namespace {

Labels on_device(Labels labels, at::Device device) {
  const auto move = [&](const char*, at::Tensor& tensor) { tensor = to_device(tensor, device); };
  std::visit([&](auto& kind) { kind.fields(move); }, labels);
  return labels;
}

}  // namespace

at::Tensor zero_sums(const StepLoss& step, RewardModel& model) {
  return at::zeros({static_cast<int64_t>(step.sources.size())},
                   model.parameters().head.weights.options().dtype(at::kDouble));
}

void accumulate(const StepLoss& step, const Batch& batch, const at::Tensor& rewards,
                RewardModel& model, const at::Tensor& sums) {
  const at::TensorOptions there = model.parameters().head.weights.options();
  at::Tensor loss_parameters =
      model.loss_parameters().detach().requires_grad_();  // (S), often none
  at::Tensor loss = at::zeros({}, there);
  for (const SourceLabels& labels : batch.labels) {
    const SourceObjective& source = step.sources[labels.source];
    const at::Tensor sum =
        objective(source.loss, on_device(labels.labels, there.device()),
                  columns_of(rewards, loss_parameters, step.head, source.columns));
    loss = loss + sum * step.scale[labels.source];
    sums.select(0, labels.source).add_(sum.detach());
  }
  loss.backward();  // ends at the rewards
  model.backward(batch.tokens, rewards.grad(),
                 loss_parameters.grad());  // fills the gradient buffers
}

}  // namespace laurel
