// A whole model on CUDA, or with every operation emulated, against the same model on the CPU.
#include <array>

#include "cuda/test_device.h"
#include "support/batches.h"
#include "support/random_model.h"

namespace laurel::test::model_test {
namespace {

struct Outcome {
  at::Tensor rewards, backbone, head;  // and the gradients
};

enum class Side { cpu, cuda };

Outcome outcome(const Backbone& backbone, Parameters parameters, const TokenBatch& batch, Side side,
                Recompute recompute = Recompute::none) {
  for (ParameterBuffer& buffer : parameters.buffers()) {
    make_trainable(buffer);
    if (side == Side::cuda) move_to(buffer, test_device());
  }
  RewardModel model(backbone, std::move(parameters), recompute);
  emulate_operations(side == Side::cuda);
  const at::Tensor rewards = model.forward(batch).clone();
  model.backward(batch, at::linspace(-1, 1, rewards.numel(), rewards.options()).view_as(rewards));
  emulate_operations(false);
  return {to_cpu(rewards), to_cpu(model.parameters().backbone.gradient),
          to_cpu(model.parameters().head.gradient)};
}

// Two pairs that share their prompts, and two rows alone.
TokenBatch batch_of(int64_t vocabulary) {
  std::vector<TestGroup> groups;
  for (uint64_t i = 0; i < 2; ++i) {
    const std::vector<int32_t> prompt = random_ids(7 + 6 * static_cast<int64_t>(i), vocabulary, i);
    TestGroup pair;
    for (uint64_t j = 0; j < 2; ++j) {
      pair.push_back({prompt, {}});
      for (const int32_t id :
           random_ids(3 + 2 * static_cast<int64_t>(j), vocabulary, 9 + 2 * i + j)) {
        pair.back().ids.push_back(id);
      }
    }
    groups.push_back(pair);
    groups.push_back({{random_ids(5, vocabulary, 20 + i), {}}});
  }
  return make_batch(groups, SharePrefix::yes);
}

void expect_same(const Outcome& actual, const Outcome& expected, double tolerance) {
  EXPECT_LE(relative_error(actual.rewards, expected.rewards), tolerance);
  EXPECT_LE(relative_error(actual.backbone, expected.backbone), tolerance);
  EXPECT_LE(relative_error(actual.head, expected.head), tolerance);
}

// Sizes that vectors and the flash kernels take.
Backbone round_backbone(const std::string& model_type) {
  Backbone backbone = small_backbone(model_type);
  std::visit(
      [](auto& family) {
        family.config.hidden_size = 64;
        family.config.intermediate_size = 96;
        if constexpr (requires { family.config.head_dim = 32; }) family.config.head_dim = 32;
      },
      backbone);
  return backbone;
}

constexpr std::array kModelTypes = {"llama", "mistral", "qwen2",      "qwen3",
                                    "gemma", "gemma2",  "gemma3_text"};

TEST(CudaModel, RewardsAndGradientsAreTheCpusInFp32) {
  for (const char* const type : kModelTypes) {
    for (const Backbone& backbone : {small_backbone(type), round_backbone(type)}) {
      SCOPED_TRACE(type);
      const Parameters parameters = random_model(backbone, 2, at::kFloat).parameters();
      const TokenBatch batch = batch_of(31);
      expect_same(outcome(backbone, parameters, batch, Side::cuda),
                  outcome(backbone, parameters, batch, Side::cpu), 5e-5);
    }
  }
}

Parameters with_backbone_in(at::ScalarType type, Parameters parameters) {
  at::Tensor& weights = parameters.backbone.weights;
  weights = weights.to(at::kBFloat16).to(type);
  return parameters;
}

TEST(CudaModel, InBf16ItIsAsNearToFp32AsTheCpu) {
  for (const char* const type : kModelTypes) {
    SCOPED_TRACE(type);
    const Backbone backbone = round_backbone(type);
    const Parameters parameters = random_model(backbone, 1, at::kFloat).parameters();
    const TokenBatch batch = batch_of(31);
    const Parameters wide = with_backbone_in(at::kFloat, parameters);
    const Parameters narrow = with_backbone_in(at::kBFloat16, parameters);
    const Outcome exact = outcome(backbone, wide, batch, Side::cpu);
    const Outcome cpu = outcome(backbone, narrow, batch, Side::cpu);
    const Outcome cuda = outcome(backbone, narrow, batch, Side::cuda);
    EXPECT_LE(relative_error(cuda.rewards, exact.rewards),
              1.5 * relative_error(cpu.rewards, exact.rewards) + 2e-3);
    EXPECT_LE(relative_error(cuda.backbone, exact.backbone),
              1.2 * relative_error(cpu.backbone, exact.backbone));
    EXPECT_LE(relative_error(cuda.backbone, exact.backbone), 0.03);
  }
}

TEST(CudaModel, RecomputedActivationsGiveTheSameGradients) {
  for (const char* const type : {"qwen3", "gemma2"}) {
    const Backbone backbone = round_backbone(type);
    const TokenBatch batch = batch_of(31);
    const Parameters parameters =
        with_backbone_in(at::kBFloat16, random_model(backbone, 1, at::kFloat).parameters());
    const Outcome kept = outcome(backbone, parameters, batch, Side::cuda);
    for (const Recompute recompute : {Recompute::gate_up, Recompute::inputs}) {
      const Outcome again = outcome(backbone, parameters, batch, Side::cuda, recompute);
      EXPECT_TRUE(at::equal(again.rewards, kept.rewards));
      // Flash attention adds up gradients of queries in any order.
      expect_same(again, kept, 2e-3);
    }
  }
}

}  // namespace
}  // namespace laurel::test::model_test
