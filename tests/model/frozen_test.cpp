// A backbone that is not trained, or its last layers alone: what is trained has the gradients that it
// has beside the rest, and what is not has none.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

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
RewardModel partly_trained(const LlamaConfig& config, const TrainedParts& parts) {
  const Parameters whole = random_model(config).parameters();
  Layout layout = llama_layout(config);
  choose_trained(layout, Llama{config}.info(), parts);
  Parameters parameters{.backbone = make_parameter_buffer(std::move(layout), at::kDouble),
                        .head = make_parameter_buffer(whole.head.layout, at::kDouble)};
  parameters.backbone.weights.copy_(whole.backbone.weights);
  parameters.head.weights.copy_(whole.head.weights);
  for (ParameterBuffer& buffer : parameters.buffers()) make_trainable(buffer);
  return {Llama{config}, std::move(parameters)};
}

LlamaConfig three_layers() {
  LlamaConfig config = small_config("qwen2");
  config.layers = 3;
  config.window = {0, 0, 3};
  return config;
}

class LastLayers : public testing::TestWithParam<std::tuple<int64_t, Recompute>> {};

TEST_P(LastLayers, HaveTheGradientsThatTheyHaveInAWholeModelBitForBit) {
  const auto [layers, recompute] = GetParam();
  const LlamaConfig config = three_layers();
  const TokenBatch batch =
      make_batch(std::vector<TestGroup>{{{random_ids(9, 31, 1), {}}}, {{random_ids(4, 31, 2), {}}}},
                 SharePrefix::no, 2);
  RewardModel whole = random_model(config);
  RewardModel last(Llama{config}, partly_trained(config, TrainedLayers{layers}).parameters(),
                   recompute);
  for (RewardModel* const model : {&whole, &last}) {
    const at::Tensor rewards = model->forward(batch);
    model->backward(batch, at::ones_like(rewards));
  }
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
  EXPECT_EQ(trained, layers * 12 + 1);
  EXPECT_TRUE(at::equal(last.parameters().head.gradient, whole.parameters().head.gradient));
  EXPECT_FALSE(last.first_nonfinite_layer().has_value());
}

INSTANTIATE_TEST_SUITE_P(Counts, LastLayers,
                         testing::Combine(testing::Values(1, 2, 3),
                                          testing::Values(Recompute::none, Recompute::inputs)),
                         [](const auto& info) {
                           return std::to_string(std::get<0>(info.param)) +
                                  (std::get<1>(info.param) == Recompute::none ? "" : "_recomputed");
                         });

TEST(LastLayers, MoreThanThereAreAreRefused) {
  Layout layout = llama_layout(three_layers());
  EXPECT_EQ(test::error_of(ErrorKind::usage,
                           [&] { choose_trained(layout, {.layers = 3}, TrainedLayers{4}); }),
            "model.train.last_layers: found 4, but the backbone has 3, expected at most 3, or "
            "model.train \"all\"");
}

TEST(HeadAlone, HasItsGradientAndTheBackboneHasNoBuffers) {
  const LlamaConfig config = three_layers();
  const TokenBatch batch = make_batch(std::vector<TestGroup>{{{random_ids(9, 31, 1), {}}}});
  RewardModel whole = random_model(config), head = partly_trained(config, TrainedWhole::head);
  for (RewardModel* const model : {&whole, &head}) {
    const at::Tensor rewards = model->forward(batch);
    model->backward(batch, at::ones_like(rewards));
  }
  EXPECT_FALSE(head.parameters().backbone.moment1.defined());
  EXPECT_TRUE(at::equal(head.parameters().head.gradient, whole.parameters().head.gradient));
}

}  // namespace
}  // namespace laurel::frozen_test
