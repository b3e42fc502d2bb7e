// The whole model against its twin, every parameter's gradient, in fp64.
#include "support/twin.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "core/str.h"
#include "support/batches.h"
#include "support/gemma_twin.h"
#include "support/near.h"
#include "support/random_model.h"

namespace laurel::twin_test {
namespace {

// Two groups with common beginnings of 5 and of 3 tokens, one row alone, one of a single token; two
// rows read a range.
std::vector<TestGroup> groups_of(int64_t vocab_size) {
  const auto ids = [&](int64_t length, uint64_t seed) {
    return random_ids(length, vocab_size, seed);
  };
  const auto continued = [&](std::vector<int32_t> ids, const std::vector<int32_t>& more) {
    ids.insert(ids.end(), more.begin(), more.end());
    return ids;
  };
  const std::vector<int32_t> prompt = ids(5, 1);
  const std::vector<int32_t> other = ids(3, 2);
  return {{{continued(prompt, ids(4, 3)), {}}, {continued(prompt, ids(7, 4)), {}}},
          {{ids(6, 5), {}}},
          {{continued(other, ids(5, 6)), PoolRange{4, 8}},
           {continued(other, ids(2, 7)), {}},
           {continued(other, ids(6, 8)), PoolRange{5, 6}}},
          {{ids(1, 9), {}}}};
}

LlamaConfig config_of(const std::string& name) {
  if (name == "llama_llama3") {
    LlamaConfig config = small_config("llama");
    config.rope = {.type = RopeType::llama3,
                   .theta = 100,
                   .factor = 4,
                   .low_freq_factor = 1,
                   .high_freq_factor = 4,
                   .original_max_positions = 32};
    config.qkv_bias = config.output_bias = config.mlp_bias = true;
    return config;
  }
  if (name == "llama_linear") {
    LlamaConfig config = small_config("llama");
    config.rope.type = RopeType::linear;
    config.rope.factor = 3;
    config.kv_heads = 4;
    return config;
  }
  return small_config(name);
}

// The model against any twin: rewards and every gradient.
template <class AnyTwin>
void expect_as_twin(RewardModel& model, AnyTwin& twin, SharePrefix share) {
  const std::vector<TestGroup> groups = groups_of(backbone_info(model.backbone()).vocab_size);
  const TokenBatch batch = make_batch(groups, share);
  const at::Tensor expected = twin.rewards(groups);
  const at::Tensor weights = at::cos(at::arange(expected.numel(), at::kDouble)).view_as(expected);
  (expected * weights).sum().backward();

  expect_near(model.forward(batch), expected, 1e-12);
  model.backward(batch, weights);
  for (const ParameterBuffer& buffer : model.parameters().buffers()) {
    for (const TensorSpec& spec : buffer.layout.tensors) {
      const at::Tensor gradient = twin.weights().at(spec.name).grad();
      EXPECT_GT(gradient.norm().template item<double>(), 0) << spec.name;
      EXPECT_LE(relative_error(view(buffer.gradient, spec), gradient), 1e-10) << spec.name;
    }
  }
}

class ModelTwin : public testing::TestWithParam<std::tuple<std::string, SharePrefix, int64_t>> {};

TEST_P(ModelTwin, RewardsAndEveryGradientAgreeInDoublePrecision) {
  const auto& [name, share, columns] = GetParam();
  RewardModel model = random_model(config_of(name), columns);
  Twin twin(model);
  expect_as_twin(model, twin, share);
}

TEST(GemmaTwin, RewardsAndEveryGradientAgreeInDoublePrecision) {
  for (const char* const type : {"gemma", "gemma2", "gemma3_text"}) {
    for (const SharePrefix share : {SharePrefix::no, SharePrefix::yes}) {
      SCOPED_TRACE(type);
      RewardModel model = random_model(small_backbone(type), share == SharePrefix::yes ? 1 : 3);
      GemmaTwin twin(model);
      expect_as_twin(model, twin, share);
    }
  }
}

TEST(GemmaTwin, TheExactGeluGivesOtherRewards) {
  RewardModel model = random_model(small_backbone("gemma"));
  GemmaTwin exact(model, "none");
  const std::vector<TestGroup> groups = groups_of(31);
  EXPECT_GT(relative_error(model.forward(make_batch(groups)), exact.rewards(groups)), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Families, ModelTwin,
                         testing::Combine(testing::Values("llama", "llama_llama3", "llama_linear",
                                                          "mistral", "qwen2", "qwen3"),
                                          testing::Values(SharePrefix::no, SharePrefix::yes),
                                          testing::Values(1, 3)),
                         [](const auto& info) {
                           return str(
                               std::get<0>(info.param),
                               std::get<1>(info.param) == SharePrefix::yes ? "_shared_" : "_",
                               std::get<2>(info.param));
                         });

}  // namespace
}  // namespace laurel::twin_test
