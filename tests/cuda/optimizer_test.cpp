// The optimizer on CUDA, or with its operations emulated: the CPU's updates, decided on the device.
#include "train/optimizer.h"

#include <cmath>
#include <optional>

#include "cuda/test_device.h"
#include "support/random_model.h"

namespace laurel::test::optimizer_test {
namespace {

constexpr int kSteps = 4;

// Trains a small model on gradients drawn from a seed; the losses of step `bad` are not finite.
// Returns the masters afterwards, or the averages where there are some.
std::vector<at::Tensor> trained(const OptimizerOptions& options, bool cuda,
                                std::optional<int> bad = {}, int64_t most_skipped = 0) {
  const LlamaConfig config = small_config("qwen2");
  Parameters parameters = random_model(config, 1, at::kFloat).parameters();
  ParameterBuffer& backbone = parameters.backbone;
  backbone.weights = backbone.weights.to(at::kBFloat16);
  for (ParameterBuffer& buffer : parameters.buffers()) {
    TrainingState state;
    if (buffer.weights.scalar_type() != at::kFloat) state = training_state(options);
    state.average = decay_of(options.average).has_value();
    make_trainable(buffer, state);
    if (cuda) move_to(buffer, test_device());
  }
  emulate_operations(cuda);
  Optimizer optimizer(options, parameters, 3, most_skipped);
  at::manual_seed(1);
  for (int step = 0; step < kSteps; ++step) {
    for (ParameterBuffer& buffer : parameters.buffers()) {
      for (const TensorSpec& spec : buffer.layout.tensors) {
        view(buffer.gradient, spec).copy_(at::randn(spec.shape));
      }
    }
    at::Tensor sums = at::ones({2}, at::kDouble);
    if (step == bad) sums[1] = INFINITY;
    const at::Tensor norm = optimizer.step(1e-3, cuda ? to_test_device(sums) : sums);
    EXPECT_EQ(to_cpu(norm).numel(), 1);
    // The CPU's norm is that of the gradients alone.
    EXPECT_EQ(std::isfinite(to_cpu(norm).item<double>()), step != bad || !cuda);
  }
  emulate_operations(false);
  std::vector<at::Tensor> masters;
  for (const ParameterBuffer& buffer : parameters.buffers()) {
    for (const TensorSpec& spec : buffer.layout.tensors)
      masters.push_back(kept_values(buffer, spec).clone());
  }
  return masters;
}

TEST(CudaOptimizer, UpdatesAreTheCpus) {
  for (const Moments moments : {Moments::fp32, Moments::bf16}) {
    const OptimizerOptions options{.weight_decay = 0.1, .moments = moments};
    const auto cpu = trained(options, false), cuda = trained(options, true);
    ASSERT_EQ(cpu.size(), cuda.size());
    for (size_t i = 0; i < cpu.size(); ++i) expect_near(cuda[i], cpu[i], 1e-5);
  }
}

// An update in the middle is skipped, and the average with it.
TEST(CudaOptimizer, AveragesAreTheCpus) {
  OptimizerOptions options{.weight_decay = 0.1};
  const auto last = trained(options, true, 1, 1);
  options.average = MovingAverage{{.decay = 0.15}};  // less than 2 / 11
  const auto cpu = trained(options, false, 1, 1), cuda = trained(options, true, 1, 1);
  ASSERT_EQ(cpu.size(), cuda.size());
  for (size_t i = 0; i < cpu.size(); ++i) {
    expect_near(cuda[i], cpu[i], 1e-5);
    EXPECT_FALSE(at::equal(cuda[i], last[i]));
  }
}

TEST(CudaOptimizer, AfterALossThatIsNotFiniteNoUpdateIsMade) {
  const auto stopped = trained({}, true, 0), at_once = trained({}, true, 1);
  const Parameters untouched = random_model(small_config("qwen2"), 1, at::kFloat).parameters();
  const at::Tensor head = untouched.head.weights;
  EXPECT_TRUE(at::equal(stopped.back().flatten(), head.narrow(0, 0, stopped.back().numel())));
  EXPECT_FALSE(at::equal(at_once.back(), stopped.back()));  // step 0 was made
}

}  // namespace
}  // namespace laurel::test::optimizer_test
