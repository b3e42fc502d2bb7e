// config.json of ModernBERT: both spellings of layers and rope bases, and every refusal.
#include <gmock/gmock.h>

#include "model/backbone.h"
#include "support/error_of.h"

namespace laurel::modernbert_config_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

Json config_json(const std::string& patch) {
  Json config = Json::parse(R"({"model_type": "modernbert", "vocab_size": 48, "hidden_size": 32,
    "intermediate_size": 40, "num_hidden_layers": 4, "num_attention_heads": 4, "pad_token_id": 0})");
  const Json changes = Json::parse(patch);
  for (const auto& [key, value] : changes.items()) config[key] = value;
  return config;
}

ModernBertConfig read(const std::string& patch = "{}") {
  return std::get<ModernBert>(read_backbone(config_json(patch), "m/config.json")).config;
}

TEST(ModernBertConfig, TakesTheClassesDefaults) {
  const ModernBertConfig config = read();
  EXPECT_THAT(config.local, ElementsAre(false, true, true, false));
  EXPECT_EQ(config.window, 65);
  EXPECT_EQ(config.global_theta, 160000);
  EXPECT_EQ(config.local_theta, 10000);
  EXPECT_EQ(config.norm_eps, 1e-5);
  EXPECT_EQ(config.pooling, PoolingRule::first);
  EXPECT_EQ(config.max_positions, 8192);
  EXPECT_EQ(config.dropout, 0);
  EXPECT_FALSE(config.norm_bias || config.attention_bias || config.mlp_bias ||
               config.classifier_bias);
  EXPECT_EQ(read(R"({"classifier_pooling": "mean"})").pooling, PoolingRule::mean);
}

TEST(ModernBertConfig, ReadsBothSpellingsOfLayersAndRopeBases) {
  const ModernBertConfig before = read(
      R"({"global_attn_every_n_layers": 2, "global_rope_theta": 500, "local_rope_theta": 20,
          "local_attention": 4})");
  const ModernBertConfig now = read(
      R"({"layer_types": ["full_attention", "sliding_attention", "full_attention",
                          "sliding_attention"], "local_attention": 5,
          "rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 500},
                              "sliding_attention": {"rope_theta": 20}}})");
  for (const ModernBertConfig& config : {before, now}) {
    EXPECT_THAT(config.local, ElementsAre(false, true, false, true));
    EXPECT_EQ(config.global_theta, 500);
    EXPECT_EQ(config.local_theta, 20);
    EXPECT_EQ(config.window, 3);
  }
}

TEST(ModernBertConfig, AnExportHasTheKeysThatTransformers4Reads) {
  const auto keys = [](const std::string& patch) {
    const Json config = config_json(patch);
    return export_keys(read_backbone(config, "c"), config, "c");
  };
  EXPECT_THAT(keys("{}"), ElementsAre());
  EXPECT_THAT(
      keys(R"({"rope_parameters": {"full_attention": {"rope_theta": 500}},
                       "layer_types": ["full_attention", "sliding_attention", "full_attention",
                                       "sliding_attention"]})"),
      ElementsAre(Pair("global_rope_theta", Json(500.0)), Pair("local_rope_theta", Json(10000.0)),
                  Pair("global_attn_every_n_layers", Json(2))));
  EXPECT_THAT(keys(R"({"layer_types": ["sliding_attention", "full_attention", "full_attention",
                                       "full_attention"]})"),
              ElementsAre());
}

// D 32, I 40, 4 layers of 4 heads, 10 tokens: 4 bytes of 1584, 1344, 864 elements a token, and 32
// statistics.
TEST(ModernBertConfig, CountsWhatEveryLevelOfRecomputationKeeps) {
  const Backbone backbone = ModernBert{read()};
  const MemoryShape shape{.tokens = 10};
  const auto bytes = [&](Recompute level) {
    return activation_bytes(backbone, shape, level).activations;
  };
  EXPECT_EQ(bytes(Recompute::none), 40 * 1584 + 1280);
  EXPECT_EQ(bytes(Recompute::gate_up), 40 * 1344 + 1280);
  EXPECT_EQ(bytes(Recompute::inputs), 40 * 864 + 1280);
}

TEST(ModernBertConfig, RefusesByNameWhatItDoesNotCompute) {
  const std::vector<std::pair<const char*, const char*>> table = {
      {R"({"hidden_activation": "silu"})",
       R"(m/config.json: "hidden_activation" is "silu", expected "gelu")"},
      {R"({"classifier_activation": "tanh"})", "classifier_activation"},
      {R"({"quantization_config": {}})", "quantization_config"},
      {R"({"hidden_size": 36})", "a multiple of twice \"num_attention_heads\", 8"},
      {R"({"layer_types": ["full_attention"]})", "a list of 4 names"},
      {R"({"layer_types": ["full_attention", "x", "x", "x"]})",
       "full_attention or sliding_attention for each layer"},
      {R"({"global_attn_every_n_layers": 0})", "global_attn_every_n_layers"},
      {R"({"local_attention": -1})", "local_attention"},
      {R"({"local_rope_theta": null})", "local_rope_theta"},
      {R"({"rope_scaling": {"rope_type": "yarn"}})", "rope_scaling"},
      {R"({"rope_parameters": {"full_attention": {"rope_type": "yarn"}}})", "rope_type"},
      {R"({"norm_eps": 1})", "norm_eps"},
      {R"({"classifier_pooling": "max"})", R"("cls" or "mean")"},
      {R"({"pad_token_id": 48})", "a token, 0 to 47"},
  };
  for (const auto& [patch, message] : table) {
    EXPECT_THAT(test::error_of(ErrorKind::model, [&, &patch = patch] { read(patch); }),
                HasSubstr(message));
  }
}

}  // namespace
}  // namespace laurel::modernbert_config_test
