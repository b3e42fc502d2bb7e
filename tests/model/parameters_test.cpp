// Layouts: alignment, neighbours, gaps, decay, and the ranges AdamW walks.
#include "model/parameters.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "model/head.h"
#include "support/random_model.h"

namespace laurel::parameters_test {
namespace {

using testing::ElementsAre;

Layout small_layout() {
  LayoutBuilder builder;
  builder.begin_block();
  builder.matrix("a", 3, 5);
  builder.begin_block();
  builder.vector("norm", 10);
  builder.matrix("q", 4, 2);
  builder.matrix("k", 2, 2, Placement::contiguous_with_previous);
  builder.matrix("o", 2, 4);
  return builder.finish();
}

TEST(Layout, BlocksBeginAtMultiplesOf512TensorsAt64AndNeighboursTouch) {
  const Layout layout = small_layout();
  EXPECT_EQ(layout.at("a").offset, 0);
  EXPECT_EQ(layout.at("norm").offset, 512);
  EXPECT_EQ(layout.at("q").offset, 576);
  EXPECT_EQ(layout.at("k").offset, 584);
  EXPECT_EQ(layout.at("o").offset, 640);
  EXPECT_EQ(layout.at("o").block, 1);
  EXPECT_EQ(layout.size, 1024);
  ASSERT_EQ(layout.blocks.size(), 2u);
  EXPECT_EQ(layout.blocks[0].end, 512);
  EXPECT_EQ(layout.blocks[1].begin, 512);
  EXPECT_EQ(layout.blocks[1].end, 1024);
  EXPECT_EQ(layout.find("b"), nullptr);
}

TEST(Layout, MatricesDecayAndVectorsDoNot) {
  const Layout layout = small_layout();
  EXPECT_TRUE(layout.at("q").decay);
  EXPECT_FALSE(layout.at("norm").decay);
}

TEST(Layout, UpdateRangesJoinNeighboursOfEqualDecayAndSkipFrozenTensors) {
  Layout layout = small_layout();
  const auto ranges = [&] {
    std::vector<std::tuple<int64_t, int64_t, bool>> list;
    for (const UpdateRange& range : update_ranges(layout)) {
      list.emplace_back(range.begin, range.end, range.decay);
    }
    return list;
  };
  EXPECT_THAT(ranges(), ElementsAre(std::tuple(0, 15, true), std::tuple(512, 522, false),
                                    std::tuple(576, 648, true)));
  layout.tensors[3].trainable = false;  // k
  EXPECT_THAT(ranges(), ElementsAre(std::tuple(0, 15, true), std::tuple(512, 522, false),
                                    std::tuple(576, 584, true), std::tuple(640, 648, true)));
}

TEST(Layout, UpdateRangesOfAnEmbeddingAreItsSeenRows) {
  LayoutBuilder builder;
  builder.begin_block();
  builder.embedding("e", 6, 64);
  builder.matrix("a", 1, 64);
  const Layout layout = builder.finish();
  const auto begins_and_ends = [&](const std::vector<bool>* seen_rows) {
    std::vector<std::pair<int64_t, int64_t>> list;
    for (const UpdateRange& range : update_ranges(layout, seen_rows)) {
      list.emplace_back(range.begin, range.end);
    }
    return list;
  };
  EXPECT_THAT(begins_and_ends(nullptr), ElementsAre(std::pair(0, 7 * 64)));
  const std::vector<bool> some{true, true, false, true, false, false};
  EXPECT_THAT(begins_and_ends(&some), ElementsAre(std::pair(0, 2 * 64), std::pair(3 * 64, 4 * 64),
                                                  std::pair(6 * 64, 7 * 64)));
  const std::vector<bool> ending{false, false, false, false, false, true};
  EXPECT_THAT(begins_and_ends(&ending), ElementsAre(std::pair(5 * 64, 7 * 64)));
  const std::vector<bool> none(6, false);
  EXPECT_THAT(begins_and_ends(&none), ElementsAre(std::pair(6 * 64, 7 * 64)));
}

TEST(Layout, MastersOfBf16WeightsAreReadBackAsTheyWereSet) {
  ParameterBuffer buffer = make_parameter_buffer(small_layout(), at::kBFloat16);
  make_trainable(buffer);
  EXPECT_EQ(buffer.low.scalar_type(), at::kShort);
  EXPECT_EQ(buffer.gradient.scalar_type(), at::kFloat);
  EXPECT_EQ(buffer.moment2.scalar_type(), at::kFloat);
  const TensorSpec& spec = buffer.layout.at("q");
  const at::Tensor given = at::randn({4, 2}, at::kFloat);
  set_values(buffer, spec, given);
  EXPECT_TRUE(at::equal(values(buffer, spec), given));
  EXPECT_LE((view(buffer.weights, spec) - given).abs().max().item<float>(), 4e-3 * 4);
  EXPECT_EQ(buffer.weights.abs().sum().item<float>(),
            view(buffer.weights, spec).abs().sum().item<float>());
}

TEST(Layout, AnAverageBeginsWithTheMasters) {
  for (const Rounding rounding : {Rounding::nearest, Rounding::stochastic}) {
    ParameterBuffer buffer = make_parameter_buffer(small_layout(), at::kBFloat16);
    add_low_halves(buffer, rounding);
    const TensorSpec& spec = buffer.layout.at("q");
    set_values(buffer, spec, at::randn({4, 2}, at::kFloat));
    EXPECT_TRUE(at::equal(kept_values(buffer, spec), values(buffer, spec)));
    make_trainable(buffer, {.rounding = rounding, .average = true});
    EXPECT_EQ(buffer.average.scalar_type(), at::kFloat);
    EXPECT_EQ(buffer.average.numel(), buffer.layout.size);
    EXPECT_TRUE(at::equal(kept_values(buffer, spec), values(buffer, spec)));
    EXPECT_EQ(buffer.average.abs().sum().item<float>(),
              kept_values(buffer, spec).abs().sum().item<float>());
    buffer.average.zero_();
    EXPECT_EQ(kept_values(buffer, spec).abs().sum().item<float>(), 0);
    EXPECT_GT(values(buffer, spec).abs().sum().item<float>(), 0);
  }
}

TEST(Layout, ABufferWithoutTrainableTensorsHasNoTrainingState) {
  ParameterBuffer buffer = make_parameter_buffer(small_layout(), at::kBFloat16);
  for (TensorSpec& spec : buffer.layout.tensors) spec.trainable = false;
  make_trainable(buffer, {.average = true});
  EXPECT_FALSE(buffer.gradient.defined() || buffer.moment1.defined() || buffer.low.defined());
  EXPECT_FALSE(buffer.average.defined());
  EXPECT_TRUE(update_ranges(buffer.layout).empty());
}

TEST(Layout, AViewSharesMemoryWithItsBuffer) {
  const ParameterBuffer buffer = make_parameter_buffer(small_layout(), at::kFloat);
  at::Tensor q = view(buffer.weights, buffer.layout.at("q"));
  EXPECT_EQ(q.sizes(), at::IntArrayRef({4, 2}));
  q.fill_(1);
  EXPECT_EQ(buffer.weights.sum().item<float>(), 8);
  EXPECT_EQ(buffer.weights[576].item<float>(), 1);
}

TEST(LlamaLayout, HasTheTensorsOfEachFamilyUnderTheirHuggingFaceNames) {
  const auto names = [](const LlamaConfig& config) {
    std::vector<std::string> names;
    for (const TensorSpec& spec : llama_layout(config).tensors) {
      if (spec.block < 2) names.push_back(spec.name);
    }
    return names;
  };
  LlamaConfig config = small_config("qwen2");
  EXPECT_THAT(
      names(config),
      ElementsAre(
          "model.embed_tokens.weight", "model.layers.0.input_layernorm.weight",
          "model.layers.0.self_attn.q_proj.weight", "model.layers.0.self_attn.k_proj.weight",
          "model.layers.0.self_attn.v_proj.weight", "model.layers.0.self_attn.q_proj.bias",
          "model.layers.0.self_attn.k_proj.bias", "model.layers.0.self_attn.v_proj.bias",
          "model.layers.0.self_attn.o_proj.weight",
          "model.layers.0.post_attention_layernorm.weight", "model.layers.0.mlp.gate_proj.weight",
          "model.layers.0.mlp.up_proj.weight", "model.layers.0.mlp.down_proj.weight"));
  EXPECT_EQ(llama_layout(config).find("lm_head.weight"), nullptr);
  config = small_config("llama");
  EXPECT_EQ(names(config).size(), 10u);
  config.qkv_bias = config.output_bias = config.mlp_bias = true;
  EXPECT_EQ(names(config).size(), 17u);
  EXPECT_THAT(names(small_config("qwen3")),
              testing::Contains("model.layers.0.self_attn.k_norm.weight"));
}

TEST(LlamaLayout, DecayIsOffForEveryNormAndBiasAndOnForEveryMatrix) {
  for (const char* const type : {"llama", "mistral", "qwen2", "qwen3"}) {
    LlamaConfig config = small_config(type);
    config.output_bias = config.mlp_bias = true;
    for (const TensorSpec& spec : llama_layout(config).tensors) {
      const bool is_exempt = spec.name.ends_with("norm.weight") || spec.name.ends_with(".bias");
      EXPECT_EQ(spec.decay, !is_exempt) << spec.name;
    }
  }
  EXPECT_TRUE(head_layout(1, 8).at("score.weight").decay);
}

TEST(LlamaLayout, FusedViewsCoverTheirThreeOrTwoTensors) {
  const LlamaConfig config = small_config("qwen2");
  RewardModel model = random_model(config);
  const ParameterBuffer& buffer = model.parameters().backbone;
  const LlamaBlock block = llama_block(model.parameters(), ParameterViews::Of::weights, 1);
  const auto of = [&](const char* name) {
    return view(buffer.weights, buffer.layout.at(std::string("model.layers.1.") + name));
  };
  EXPECT_TRUE(at::equal(block.qkv.weight,
                        at::cat({of("self_attn.q_proj.weight"), of("self_attn.k_proj.weight"),
                                 of("self_attn.v_proj.weight")})));
  EXPECT_TRUE(
      at::equal(block.qkv.bias, at::cat({of("self_attn.q_proj.bias"), of("self_attn.k_proj.bias"),
                                         of("self_attn.v_proj.bias")})));
  EXPECT_TRUE(at::equal(block.gate_up.weight,
                        at::cat({of("mlp.gate_proj.weight"), of("mlp.up_proj.weight")})));
  EXPECT_FALSE(block.down.bias.defined());
}

TEST(Head, IsDrawnFromItsSeedWithDeviationOneOverTheRootOfWidthPlusOne) {
  ParameterBuffer head = make_parameter_buffer(head_layout(2, 5000), at::kFloat);
  init_head(head, 1);
  const at::Tensor first = head.weights.clone();
  const at::Tensor weight = view(head.weights, head.layout.at("score.weight"));
  EXPECT_NEAR(weight.std().item<float>() * std::sqrt(5001.0), 1, 0.03);
  EXPECT_NEAR(weight.mean().item<float>() * std::sqrt(5001.0), 0, 0.04);
  init_head(head, 1);
  EXPECT_TRUE(at::equal(head.weights, first));
  init_head(head, 2);
  EXPECT_FALSE(at::equal(head.weights, first));
}

}  // namespace
}  // namespace laurel::parameters_test
