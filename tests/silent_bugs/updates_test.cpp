// Silent bugs of gradients and updates, on models in memory.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/batches.h"
#include "support/random_model.h"
#include "train/optimizer.h"

namespace laurel::updates_test {
namespace {

const at::Tensor kFinite = at::ones({1}, at::kDouble);

// Norms and biases are decayed. Without a gradient, what moves is what decays. A matrix has two
// dimensions; the loss parameters are a vector.
TEST(SilentBugs, DecayShrinksMatricesAndNothingElse) {
  for (const char* const family : {"llama", "mistral", "qwen2", "qwen3"}) {
    RewardModel model = random_model(small_config(family), 1, at::kDouble);
    Parameters& parameters = model.parameters();
    parameters.head = make_parameter_buffer(head_layout(2, 12, 3), at::kDouble);
    make_trainable(parameters.head);
    parameters.head.weights.fill_(1);
    std::vector<at::Tensor> before;
    for (const ParameterBuffer& buffer : parameters.buffers())
      before.push_back(buffer.weights.clone());
    Optimizer({.weight_decay = 0.5}, parameters, 1).step(0.1, kFinite);
    for (size_t i = 0; i < 2; ++i) {
      const ParameterBuffer& buffer = parameters.buffers()[i];
      for (const TensorSpec& spec : buffer.layout.tensors) {
        const double factor = spec.shape.size() == 2 ? 0.95 : 1;
        const at::Tensor expected = view(before[i], spec) * factor;
        EXPECT_LE((view(buffer.weights, spec) - expected).abs().max().item<double>(), 1e-15)
            << family << " " << spec.name;
      }
    }
  }
}

// Clipping uses a partial norm: both buffers count, however the gradient is spread over them.
TEST(SilentBugs, GradientsAreClippedByTheNormOfAllOfThem) {
  for (const double share : {0.0, 0.3, 1.0}) {
    RewardModel model = random_model(small_config("llama"));
    Parameters& parameters = model.parameters();
    double squares = 0;
    for (ParameterBuffer& buffer : parameters.buffers()) {
      const double scale = &buffer == &parameters.backbone ? share : 1 - share;
      for (const TensorSpec& spec : buffer.layout.tensors) {
        view(buffer.gradient, spec).fill_(scale);
        squares += scale * scale * static_cast<double>(spec.size);
      }
    }
    Optimizer optimizer({.max_grad_norm = 0.5}, parameters, 1);
    optimizer.mark_seen(at::arange(31, at::kInt));
    const double logged = optimizer.step(0.1, kFinite).item<double>();
    EXPECT_NEAR(logged, std::sqrt(squares), 1e-9 * logged);  // of what was there before clipping
    double clipped = 0;
    for (const ParameterBuffer& buffer : parameters.buffers()) {
      clipped += buffer.moment1.square().sum().item<double>();
    }
    EXPECT_NEAR(std::sqrt(clipped) / 0.1, 0.5, 1e-6);  // moment1 = (1 - beta1) * gradient
  }
}

// Recomputation cuts off gradients, without adapters.
TEST(SilentBugs, EveryTensorLearnsWhateverIsRecomputed) {
  const std::vector<TestGroup> pair{{{random_ids(9, 31, 1), {}}, {random_ids(7, 31, 2), {}}}};
  const TokenBatch batch = make_batch(pair);
  for (const char* const family : {"llama", "qwen2", "qwen3"}) {
    for (const Recompute recompute : {Recompute::none, Recompute::gate_up, Recompute::inputs}) {
      const LlamaConfig config = small_config(family);
      RewardModel model(Llama{config}, random_model(config).parameters(), recompute);
      const at::Tensor rewards = model.forward(batch);
      model.backward(batch, at::ones_like(rewards));
      for (const ParameterBuffer& buffer : model.parameters().buffers()) {
        for (const TensorSpec& spec : buffer.layout.tensors) {
          EXPECT_GT(view(buffer.gradient, spec).abs().max().item<double>(), 0) << spec.name;
        }
      }
    }
  }
}

}  // namespace
}  // namespace laurel::updates_test
