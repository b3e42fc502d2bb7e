// Labels go to the model's device; autograd ends at the rewards.
#include "train/accumulate.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include <vector>

#include "ops/cuda/device.h"
#include "train/out_of_memory.h"

namespace laurel {

namespace {

// All tensors of labels.
std::vector<at::Tensor*> tensors_of(PointwiseLabels& of) {
  return {&of.positions, &of.score, &of.weight};
}
std::vector<at::Tensor*> tensors_of(PairwiseLabels& of) {
  return {&of.better, &of.worse, &of.margin, &of.strength, &of.target, &of.tie, &of.weight};
}
std::vector<at::Tensor*> tensors_of(RankedLabels& of) {
  return {&of.positions, &of.rank, &of.score, &of.weight};
}

Labels on_device(Labels labels, at::Device device) {
  const auto move = [&](auto& kind) {
    const std::vector<at::Tensor*> tensors = tensors_of(kind);
    TORCH_INTERNAL_ASSERT(tensors.size() * sizeof(at::Tensor) == sizeof(kind), "all tensors");
    for (at::Tensor* tensor : tensors) *tensor = to_device(*tensor, device);
  };
  std::visit(move, labels);
  return labels;
}

// One micro-batch; adds to `sums`.
void accumulate_batch(const StepLoss& step, const Batch& batch, RewardModel& model,
                      const StepHooks& hooks, const at::Tensor& sums) {
  const at::TensorOptions there = model.parameters().head.weights.options();
  at::Tensor rewards = model.forward(batch.tokens).requires_grad_();  // (P, C)
  if (hooks.after_forward) hooks.after_forward(batch, rewards);
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

}  // namespace

at::Tensor accumulate(const StepLoss& step, std::span<const Batch> batches, RewardModel& model,
                      const StepHooks& hooks) {
  const at::Tensor sums = at::zeros({static_cast<int64_t>(step.sources.size())},
                                    model.parameters().head.weights.options().dtype(at::kDouble));
  for (const Batch& batch : batches) {
    try {
      accumulate_batch(step, batch, model, hooks, sums);
    } catch (const std::exception& caught) {
      if (!hooks.out_of_memory || !is_out_of_memory(caught)) throw;
      throw hooks.out_of_memory(caught, batch);
    }
  }
  return sums;
}

}  // namespace laurel
