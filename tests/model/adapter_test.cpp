// Adapters: which matrices get one, where they lie, how they begin, and their gradients in a model.
#include "model/adapter.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "core/str.h"
#include "model/parameter_views.h"
#include "support/batches.h"
#include "support/encoder_twin.h"
#include "support/error_of.h"
#include "support/gemma_twin.h"
#include "support/near.h"
#include "support/random_model.h"
#include "support/twin.h"

namespace laurel::adapter_test {
namespace {

const std::vector<std::string> kAll{"q_proj",    "k_proj",  "v_proj",   "o_proj",
                                    "gate_proj", "up_proj", "down_proj"};

Layout layout_of(const LoraOptions& options, const std::string& type = "llama") {
  return adapter_layout(llama_layout(small_config(type)), 2, options);
}

LoraOptions with_targets(std::vector<std::string> targets, int64_t rank = 2) {
  return {.rank = rank, .targets = std::move(targets)};
}

std::string error_of_targets(const std::vector<std::string>& targets) {
  return test::error_of(ErrorKind::usage, [&] { layout_of(with_targets(targets)); });
}

TEST(AdapterLayout, HasAnAAndABOfEveryMatrixOfTheBlocks) {
  const Layout layout = layout_of({.rank = 3});
  EXPECT_EQ(layout.tensors.size(), 2u * 2 * kAll.size());
  const TensorSpec& a = layout.at("model.layers.1.self_attn.k_proj.lora_A.weight");
  const TensorSpec& b = layout.at("model.layers.1.self_attn.k_proj.lora_B.weight");
  EXPECT_THAT(a.shape, testing::ElementsAre(3, 12));
  EXPECT_THAT(b.shape, testing::ElementsAre(12, 3));
  EXPECT_EQ(layout.find("model.embed_tokens.lora_A.weight"), nullptr);
  EXPECT_EQ(layout.find("score.lora_A.weight"), nullptr);
}

TEST(AdapterLayout, TakesTargetsByTheEndOfTheirNamesAsPeftDoes) {
  const Layout layout = layout_of(with_targets({"q_proj", "mlp.up_proj"}));
  std::vector<std::string> names;
  for (const TensorSpec& spec : layout.tensors) names.push_back(spec.name);
  EXPECT_THAT(names, testing::ElementsAre("model.layers.0.self_attn.q_proj.lora_A.weight",
                                          "model.layers.0.mlp.up_proj.lora_A.weight",
                                          "model.layers.0.self_attn.q_proj.lora_B.weight",
                                          "model.layers.0.mlp.up_proj.lora_B.weight",
                                          "model.layers.1.self_attn.q_proj.lora_A.weight",
                                          "model.layers.1.mlp.up_proj.lora_A.weight",
                                          "model.layers.1.self_attn.q_proj.lora_B.weight",
                                          "model.layers.1.mlp.up_proj.lora_B.weight"));
}

TEST(AdapterLayout, RefusesTargetsThatMatchNothingAndTwoSpellingsOfOne) {
  EXPECT_EQ(error_of_targets({"q_proj", "query"}),
            "model.train.lora.targets: found \"query\", which no linear map of the blocks is "
            "called, expected one of: " +
                join(kAll, ", "));
  EXPECT_THAT(error_of_targets({"key", "q_proj", "query"}),
              testing::HasSubstr("found \"key\", \"query\", which no linear map of the blocks is"));
  EXPECT_THAT(error_of_targets({"score"}), testing::HasSubstr("found \"score\""));
  EXPECT_THAT(error_of_targets({"embed_tokens"}), testing::HasSubstr("found \"embed_tokens\""));
  EXPECT_THAT(error_of_targets({"proj"}), testing::HasSubstr("found \"proj\""));
  EXPECT_EQ(error_of_targets({"q_proj", "self_attn.q_proj"}),
            "model.train.lora.targets: found \"q_proj\" and \"self_attn.q_proj\", which both match "
            "model.layers.0.self_attn.q_proj, expected one of them");
  EXPECT_THAT(error_of_targets({}), testing::HasSubstr("found an empty list"));
}

TEST(AdapterViews, TakeTheAOfOneInputAsOneMatrixAndLeaveOutWhatHasNone) {
  RewardModel model =
      random_model_with_adapters(small_backbone("qwen2"), with_targets({"q_proj", "v_proj"}));
  const Parameters& parameters = model.parameters();
  const Linear qkv =
      weights_of(parameters, "model.layers.1.self_attn.").linear({"q_proj", "k_proj", "v_proj"});
  const auto of = [&](const char* name) {
    return view(parameters.adapters.weights,
                parameters.adapters.layout.at(str("model.layers.1.self_attn.", name, ".weight")));
  };
  EXPECT_TRUE(at::equal(qkv.adapters.a, at::cat({of("q_proj.lora_A"), of("v_proj.lora_A")})));
  ASSERT_EQ(qkv.adapters.parts.size(), 2u);
  EXPECT_EQ(qkv.adapters.parts[0].first_row, 0);
  EXPECT_EQ(qkv.adapters.parts[1].first_row, 24 + 12);
  EXPECT_TRUE(at::equal(qkv.adapters.parts[1].b, of("v_proj.lora_B")));
  const Linear gradient =
      gradients_of(parameters, "model.layers.1.self_attn.").linear({"q_proj", "k_proj", "v_proj"});
  EXPECT_FALSE(gradient.weight.defined());
  EXPECT_FALSE(gradient.bias.defined());
  EXPECT_EQ(gradient.adapters.a.sizes(), qkv.adapters.a.sizes());
  EXPECT_FALSE(
      weights_of(parameters, "model.layers.1.").linear({"mlp.down_proj"}).adapters.a.defined());
}

TEST(Adapters, BeginWithUniformAAndZeroB) {
  const LoraOptions options{.rank = 64};
  ParameterBuffer adapters = make_parameter_buffer(layout_of(options), at::kFloat);
  init_adapters(adapters, 1);
  const auto of = [&](const char* name) {
    return view(adapters.weights, adapters.layout.at(str("model.layers.0.mlp.", name)));
  };
  const at::Tensor a = of("up_proj.lora_A.weight").clone();
  const double bound = 1 / std::sqrt(12.0);
  EXPECT_LE(a.abs().max().item<double>(), bound);
  EXPECT_GT(a.abs().max().item<double>(), 0.98 * bound);
  EXPECT_NEAR(a.mean().item<double>() / bound, 0, 0.08);
  EXPECT_NEAR(a.std().item<double>() / bound, 1 / std::sqrt(3.0), 0.03);
  EXPECT_EQ(of("up_proj.lora_B.weight").abs().max().item<double>(), 0);
  EXPECT_FALSE(at::equal(a, of("gate_proj.lora_A.weight")));
  init_adapters(adapters, 2);
  EXPECT_FALSE(at::equal(a, of("up_proj.lora_A.weight")));
  ParameterBuffer one = make_parameter_buffer(layout_of(with_targets({"up_proj"}, 64)), at::kFloat);
  init_adapters(one, 1);  // whatever else has one
  EXPECT_TRUE(
      at::equal(a, view(one.weights, one.layout.at("model.layers.0.mlp.up_proj.lora_A.weight"))));
}

TEST(Adapters, AreScaledByAlphaOverTheRankOrItsRoot) {
  EXPECT_DOUBLE_EQ(adapter_scale({.rank = 16, .alpha = 32}), 2);
  EXPECT_DOUBLE_EQ(
      adapter_scale({.rank = 16, .alpha = 32, .scaling = AdapterScaling::by_root_of_rank}), 8);
}

class AdapterTwin : public testing::TestWithParam<std::string> {
 protected:
  const Backbone backbone_ = small_backbone(GetParam());
  const bool causal_ = backbone_info(backbone_).pooling.causal;

  std::vector<TestGroup> groups() const {
    const auto row = [&](int64_t length, uint64_t seed) {
      TestResponse response{random_ids(length, 30, seed), {}};
      if (!causal_) response.pool = PoolRange{0, 1};
      return response;
    };
    return {{row(9, 1)}, {row(5, 2), row(7, 3)}};
  }

  // Against autograd: rewards, and the gradient of all that has one.
  template <class AnyTwin>
  static void expect_as_twin(RewardModel& model, const std::vector<TestGroup>& groups) {
    AnyTwin twin(model);
    const at::Tensor expected = twin.rewards(groups);
    const at::Tensor weights = at::cos(at::arange(3, at::kDouble)).view({3, 1});
    (expected * weights).sum().backward();
    const TokenBatch batch = make_batch(groups);
    expect_near(model.forward(batch), expected, 1e-12);
    model.backward(batch, weights);
    size_t compared = 0;
    for (const ParameterBuffer& buffer : model.parameters().buffers()) {
      for (const TensorSpec& spec : buffer.layout.tensors) {
        if (!has_gradient(buffer, spec)) continue;
        const at::Tensor gradient = twin.weights().at(spec.name).grad();
        EXPECT_GT(gradient.norm().template item<double>(), 0) << spec.name;
        EXPECT_LE(relative_error(trained_view(buffer.layout, buffer.gradient, spec), gradient),
                  1e-9)
            << spec.name;
        ++compared;
      }
    }
    const size_t pooled = backbone_info(model.backbone()).pooled_layers.size();
    EXPECT_EQ(compared, 1 + model.parameters().adapters.layout.tensors.size() + pooled);
  }
};

TEST_P(AdapterTwin, RewardsAndTheGradientsOfAdaptersAndHeadAreThoseOfAutograd) {
  const LoraOptions every{.rank = 3, .alpha = 2};
  const LoraOptions some = GetParam() == "modernbert" ? with_targets({"Wqkv", "mlp.Wo"})
                           : !causal_ ? with_targets({"attention.self.value", "output.dense"})
                                      : with_targets({"v_proj", "down_proj"});
  for (const LoraOptions& options : {every, some}) {
    RewardModel model = random_model_with_adapters(backbone_, options);
    if (!causal_) {
      expect_as_twin<EncoderTwin>(model, groups());
    } else if (std::holds_alternative<Gemma>(backbone_)) {
      expect_as_twin<GemmaTwin>(model, groups());
    } else {
      expect_as_twin<Twin>(model, groups());
    }
  }
}

TEST_P(AdapterTwin, MergedWeightsGiveTheSameRewards) {
  const LoraOptions options{.rank = 4};
  RewardModel model = random_model_with_adapters(backbone_, options, at::kFloat);
  const TokenBatch batch = make_batch(groups());
  const at::Tensor expected = model.score(batch).clone();
  const AdapterSet set = adapter_set(model.parameters(), options);
  EXPECT_EQ(2 * set.adapters.size(), model.parameters().adapters.layout.tensors.size());
  Parameters merged{.backbone = model.parameters().backbone, .head = model.parameters().head};
  for (const Adapter& adapter : set.adapters) {
    merge_adapter(adapter,
                  view(merged.backbone.weights, merged.backbone.layout.at(adapter.weight)));
  }
  RewardModel whole(model.backbone(), std::move(merged));
  expect_rewards_near(whole.score(batch), expected, 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Families, AdapterTwin,
                         testing::Values("llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2",
                                         "gemma3_text", "bert", "roberta", "modernbert"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace laurel::adapter_test
