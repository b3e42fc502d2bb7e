// A backbone that is not trained, or its last layers alone: what is trained has the gradients that it
// has beside the rest, and what is not has none.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "support/batches.h"
#include "support/error_of.h"
#include "support/random_model.h"

namespace laurel::frozen_test {
namespace {

TEST(FrozenBackbone, TheHeadsGradientIsWhatItIsBesideATrainedOne) {
  const LlamaConfig config = small_config("llama");
  const TokenBatch batch = make_batch(std::vector<TestGroup>{{{random_ids(9, 31, 1), {}}}});
  RewardModel trained = random_model(config);
  Parameters parameters = random_model(config).parameters();
  parameters.backbone.gradient = at::Tensor();
  RewardModel frozen(Llama{config}, std::move(parameters));
  for (RewardModel* const model : {&trained, &frozen}) {
    const at::Tensor rewards = model->forward(batch);
    model->backward(batch, at::ones_like(rewards));
  }
  EXPECT_FALSE(frozen.parameters().backbone.gradient.defined());
  EXPECT_GT(frozen.parameters().head.gradient.abs().max().item<double>(), 0);
  EXPECT_TRUE(at::equal(frozen.parameters().head.gradient, trained.parameters().head.gradient));
}

// The same weights, of which `parts` are trained.
RewardModel partly_trained(const Backbone& backbone, const TrainedParts& parts,
                           Recompute recompute = Recompute::none) {
  const Parameters whole = random_model(backbone).parameters();
  Layout layout = backbone_layout(backbone);
  choose_trained(layout, backbone_info(backbone), parts);
  Parameters parameters{.backbone = make_parameter_buffer(std::move(layout), at::kDouble),
                        .head = make_parameter_buffer(whole.head.layout, at::kDouble)};
  parameters.backbone.weights.copy_(whole.backbone.weights);
  parameters.head.weights.copy_(whole.head.weights);
  for (ParameterBuffer& buffer : parameters.buffers()) make_trainable(buffer);
  return {backbone, std::move(parameters), recompute};
}

Backbone three_layers(const std::string& type) {
  Backbone backbone = small_backbone(type);
  if (auto* const llama = std::get_if<Llama>(&backbone)) llama->config.window = {0, 0, 3};
  if (auto* const gemma = std::get_if<Gemma>(&backbone)) gemma->config.window = {3, 0, 3};
  if (auto* const modern = std::get_if<ModernBert>(&backbone)) {
    modern->config.local = {false, true, true};
  }
  std::visit([](auto& family) { family.config.layers = 3; }, backbone);
  return backbone;
}

TokenBatch two_rows(const Backbone& backbone) {
  std::optional<PoolRange> pool;
  if (!backbone_info(backbone).pooling.causal) pool = PoolRange{0, 1};
  return make_batch(
      std::vector<TestGroup>{{{random_ids(9, 30, 1), pool}}, {{random_ids(4, 30, 2), pool}}},
      SharePrefix::no, 2);
}

void run(RewardModel& model, const TokenBatch& batch) {
  const at::Tensor rewards = model.forward(batch);
  model.backward(batch, at::ones_like(rewards));
}

class LastLayers : public testing::TestWithParam<std::tuple<std::string, int64_t, Recompute>> {};

TEST_P(LastLayers, HaveTheGradientsThatTheyHaveInAWholeModelBitForBit) {
  const auto& [type, layers, recompute] = GetParam();
  const Backbone backbone = three_layers(type);
  const TokenBatch batch = two_rows(backbone);
  RewardModel whole = random_model(backbone);
  RewardModel last = partly_trained(backbone, TrainedLayers{layers}, recompute);
  run(whole, batch);
  run(last, batch);
  const ParameterBuffer& buffer = last.parameters().backbone;
  const ParameterBuffer& all = whole.parameters().backbone;
  EXPECT_EQ(buffer.gradient.numel(), all.layout.size - buffer.layout.trained_begin);
  EXPECT_EQ(buffer.moment1.numel(), buffer.gradient.numel());
  int64_t trained = 0;
  for (const TensorSpec& spec : buffer.layout.tensors) {
    EXPECT_EQ(spec.trainable, spec.block > 3 - layers) << spec.name;
    if (!spec.trainable) continue;
    ++trained;
    EXPECT_TRUE(at::equal(trained_view(buffer.layout, buffer.gradient, spec),
                          view(all.gradient, all.layout.at(spec.name))))
        << spec.name;
  }
  EXPECT_GE(trained, layers * 6 + 1);
  EXPECT_TRUE(at::equal(last.parameters().head.gradient, whole.parameters().head.gradient));
  EXPECT_FALSE(last.first_nonfinite_layer().has_value());
}

INSTANTIATE_TEST_SUITE_P(Counts, LastLayers,
                         testing::Combine(testing::Values("qwen2", "gemma2", "bert", "modernbert"),
                                          testing::Values(1, 2, 3),
                                          testing::Values(Recompute::none, Recompute::inputs)),
                         [](const auto& info) {
                           const bool all = std::get<2>(info.param) == Recompute::none;
                           return std::get<0>(info.param) + "_" +
                                  std::to_string(std::get<1>(info.param)) +
                                  (all ? "" : "_recomputed");
                         });

TEST(LastLayers, MoreThanThereAreAreRefused) {
  Layout layout = backbone_layout(three_layers("qwen2"));
  EXPECT_EQ(test::error_of(ErrorKind::usage,
                           [&] { choose_trained(layout, {.layers = 3}, TrainedLayers{4}); }),
            "model.train.last_layers: found 4, but the backbone has 3, expected at most 3, or "
            "model.train \"all\"");
}

class HeadAlone : public testing::TestWithParam<std::string> {};

// With the layers behind the pooling, where there are some: they are as new as the head.
TEST_P(HeadAlone, HasItsGradientAndTheBlocksHaveNoBuffers) {
  const Backbone backbone = three_layers(GetParam());
  const TokenBatch batch = two_rows(backbone);
  RewardModel whole = random_model(backbone), head = partly_trained(backbone, TrainedWhole::head);
  run(whole, batch);
  run(head, batch);
  const ParameterBuffer& buffer = head.parameters().backbone;
  const ParameterBuffer& all = whole.parameters().backbone;
  const std::vector<std::string> pooled = backbone_info(backbone).pooled_layers;
  EXPECT_EQ(buffer.moment1.defined(), !pooled.empty());
  for (const TensorSpec& spec : buffer.layout.tensors) {
    EXPECT_EQ(spec.trainable, std::ranges::find(pooled, spec.name) != pooled.end()) << spec.name;
    if (!spec.trainable) continue;
    EXPECT_TRUE(at::equal(trained_view(buffer.layout, buffer.gradient, spec),
                          view(all.gradient, all.layout.at(spec.name))))
        << spec.name;
  }
  EXPECT_TRUE(at::equal(head.parameters().head.gradient, whole.parameters().head.gradient));
}

INSTANTIATE_TEST_SUITE_P(Families, HeadAlone,
                         testing::Values("qwen2", "gemma2", "bert", "roberta", "modernbert"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace laurel::frozen_test
