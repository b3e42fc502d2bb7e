// Labels go to the model's device; autograd ends at the rewards.
#include "train/accumulate.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include "ops/cuda/device.h"

namespace laurel {

namespace {

Labels on_device(Labels labels, at::Device device) {
  const auto move = [&](const char*, at::Tensor& tensor) { tensor = to_device(tensor, device); };
  std::visit([&](auto& kind) { kind.fields(move); }, labels);
  return labels;
}

}  // namespace

StepSums zero_sums(const StepLoss& step, RewardModel& model) {
  const auto sources = static_cast<int64_t>(step.sources.size());
  const at::TensorOptions there = model.parameters().head.weights.options();
  const int64_t columns = step.head.attributes * (step.head.log_variances ? 2 : 1);
  return {at::zeros({sources}, there.dtype(at::kDouble)),
          zero_reward_sums(sources, columns, there)};
}

void accumulate(const StepLoss& step, const Batch& batch, const at::Tensor& rewards,
                RewardModel& model, StepSums& sums) {
  const at::TensorOptions there = model.parameters().head.weights.options();
  at::Tensor loss_parameters =
      model.loss_parameters().detach().requires_grad_();  // (S), often none
  at::Tensor loss = at::zeros({}, there);
  add_range(rewards, sums.rewards);
  for (const SourceLabels& labels : batch.labels) {
    const SourceObjective& source = step.sources[labels.source];
    const Labels here = on_device(labels.labels, there.device());
    const RewardColumns columns = columns_of(rewards, loss_parameters, step.head, source.columns);
    const at::Tensor sum = objective(source.loss, here, columns);
    loss = loss + sum * step.scale[labels.source];
    sums.losses.select(0, labels.source).add_(sum.detach());
    add_labelled(here, labels.source, columns, sums.rewards);
  }
  loss.backward();  // ends at the rewards
  model.backward(batch.tokens, rewards.grad(),
                 loss_parameters.grad());  // fills the gradient buffers
}

}  // namespace laurel
