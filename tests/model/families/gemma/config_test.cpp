// config.json of the Gemma family: defaults of transformers 5.23, windows, both rope spellings, and
// every refusal.
#include <gmock/gmock.h>

#include <cmath>

#include "model/backbone.h"

namespace laurel::gemma_config_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A config of the given type with `patch` merged into it (JSON merge patch: null removes a key).
Json config_json(const std::string& model_type, const std::string& patch = "{}") {
  Json config = Json::parse(R"({"vocab_size": 48, "hidden_size": 32, "intermediate_size": 40,
    "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2})");
  config["model_type"] = model_type;
  config.merge_patch(Json::parse(patch));
  return config;
}

GemmaConfig read_json(const Json& config) {
  return std::get<Gemma>(read_backbone(config, "m/config.json")).config;
}

GemmaConfig read(const std::string& model_type, const std::string& patch = "{}") {
  return read_json(config_json(model_type, patch));
}

std::string message_of(const Json& config) {
  try {
    read_json(config);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::model);
    EXPECT_THAT(error.message, HasSubstr("m/config.json"));
    return error.message;
  }
  return "nothing was refused";
}

std::string message_of(const std::string& model_type, const std::string& patch) {
  return message_of(config_json(model_type, patch));
}

TEST(GemmaConfig, ReadsSizesAndTakesTheFamilysDefaults) {
  const GemmaConfig gemma = read("gemma");
  EXPECT_EQ(gemma.head_dim, 256);
  EXPECT_EQ(gemma.max_positions, 8192);
  EXPECT_EQ(gemma.query_scale, 0);
  EXPECT_EQ(gemma.embedding_scale, std::sqrt(32.0));
  EXPECT_FALSE(gemma.post_norms || gemma.qk_norm || gemma.attention_bias);
  EXPECT_THAT(gemma.window, ElementsAre(0, 0, 0, 0));
  const GemmaConfig second = read("gemma2");
  EXPECT_TRUE(second.post_norms);
  EXPECT_FALSE(second.qk_norm);
  EXPECT_EQ(second.soft_cap, 50);
  EXPECT_EQ(second.query_scale, 1.0 / 16);
  EXPECT_THAT(second.window, ElementsAre(4096, 0, 4096, 0));
  EXPECT_EQ(second.rope.theta, 10000);
  const GemmaConfig third = read("gemma3_text", R"({"query_pre_attn_scalar": 4})");
  EXPECT_TRUE(third.post_norms && third.qk_norm);
  EXPECT_EQ(third.soft_cap, 0);
  EXPECT_EQ(third.query_scale, 0.5);
  EXPECT_EQ(third.max_positions, 131072);
}

TEST(GemmaConfig, AnAbsentSizeIsThatOfTheClass) {
  const GemmaConfig third = read_json({{"model_type", "gemma3_text"}});
  EXPECT_EQ(third.vocab_size, 262208);
  EXPECT_EQ(third.layers, 26);
  EXPECT_EQ(third.heads, 8);
  EXPECT_EQ(third.kv_heads, 4);
  EXPECT_EQ(read_json({{"model_type", "gemma"}}).kv_heads, 16);
}

TEST(GemmaConfig, LayersWithAWindowAreThoseOfThePatternOrTheList) {
  EXPECT_THAT(read("gemma3_text", R"({"num_hidden_layers": 7, "sliding_window": 9})").window,
              ElementsAre(9, 9, 9, 9, 9, 0, 9));
  EXPECT_THAT(read("gemma3_text", R"({"sliding_window_pattern": 3, "sliding_window": 9})").window,
              ElementsAre(9, 9, 0, 9));
  const char* const list = R"({"sliding_window": 5, "layer_types":
      ["full_attention", "sliding_attention", "full_attention", "sliding_attention"]})";
  EXPECT_THAT(read("gemma2", list).window, ElementsAre(0, 5, 0, 5));
  Json none = config_json("gemma2", R"({"layer_types": ["full_attention", "full_attention",
      "full_attention", "full_attention"]})");
  none["sliding_window"] = nullptr;
  EXPECT_THAT(read_json(none).window, ElementsAre(0, 0, 0, 0));
}

TEST(GemmaConfig, Gemma3HasTwoRopesInBothSpellings) {
  const GemmaConfig absent = read("gemma3_text");
  EXPECT_EQ(absent.rope.theta, 1e6);
  EXPECT_EQ(absent.sliding_rope.theta, 1e4);
  const GemmaConfig old = read("gemma3_text", R"({"rope_theta": 5e5, "rope_local_base_freq": 2e4,
      "rope_scaling": {"rope_type": "linear", "factor": 8.0}})");
  const GemmaConfig now = read("gemma3_text", R"({"rope_parameters": {
      "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 5e5},
      "sliding_attention": {"rope_type": "default", "rope_theta": 2e4}}})");
  for (const GemmaConfig& config : {old, now}) {
    EXPECT_EQ(config.rope.theta, 5e5);
    EXPECT_EQ(config.rope.type, RopeType::linear);
    EXPECT_EQ(config.rope.factor, 8);
    EXPECT_EQ(config.sliding_rope.theta, 2e4);
    EXPECT_EQ(config.sliding_rope.type, RopeType::standard);
  }
  // rope_scaling wins over the object, whose theta stays.
  const GemmaConfig both = read("gemma3_text", R"({"rope_theta": 7, "rope_scaling":
      {"rope_type": "linear", "factor": 2.0}, "rope_parameters":
      {"full_attention": {"rope_type": "default", "rope_theta": 5e5}}})");
  EXPECT_EQ(both.rope.theta, 5e5);
  EXPECT_EQ(both.rope.factor, 2);
  EXPECT_EQ(both.sliding_rope.theta, 1e4);
  EXPECT_EQ(read("gemma2", R"({"rope_theta": 300})").sliding_rope.theta, 300);
}

TEST(GemmaConfig, ExportsTheKeysThatOldTransformersReads) {
  const Json config = config_json("gemma3_text", R"({"rope_parameters": {
      "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 5e5},
      "sliding_attention": {"rope_type": "default", "rope_theta": 2e4}}})");
  Json exported = config;
  for (const auto& [key, value] : export_keys(read_backbone(config, "m"), config, "m")) {
    exported[key] = value;
  }
  EXPECT_EQ(exported.at("rope_theta"), 5e5);
  EXPECT_EQ(exported.at("rope_local_base_freq"), 2e4);
  EXPECT_EQ(exported.at("rope_scaling"), Json({{"rope_type", "linear"}, {"factor", 8.0}}));
  EXPECT_EQ(read_json(exported).rope.factor, 8);
}

TEST(GemmaConfig, TheFirstActivationMayBeCalledGelu) {
  EXPECT_EQ(read("gemma", R"({"hidden_act": "gelu"})").layers, 4);
  EXPECT_THAT(message_of("gemma", R"({"hidden_act": "silu"})"),
              HasSubstr("\"hidden_act\" is \"silu\", expected \"gelu_pytorch_tanh\" or \"gelu\""));
  EXPECT_THAT(message_of("gemma2", R"({"hidden_activation": "gelu"})"),
              HasSubstr("\"hidden_activation\" is \"gelu\", expected \"gelu_pytorch_tanh\""));
  EXPECT_EQ(read("gemma2", R"({"hidden_act": "silu"})").layers, 4);  // which the class never reads
}

TEST(GemmaConfig, WhatIsNotComputedExactlyIsRefusedByName) {
  struct Case {
    const char *model_type, *patch, *message;
  };
  for (const Case& c : std::vector<Case>{
           {"gemma3_text", R"({"use_bidirectional_attention": true})",
            "\"use_bidirectional_attention\" is true, expected false"},
           {"gemma", R"({"quantization_config": {"bits": 4}})", "quantization_config"},
           {"gemma3_text", R"({"attn_logit_softcapping": 50.0})",
            "\"attn_logit_softcapping\" is 50.0, expected null, as transformers computes Gemma 3"},
           {"gemma2", R"({"attn_logit_softcapping": 0})", "expected null or a number above 0"},
           {"gemma2", R"({"query_pre_attn_scalar": 0})",
            "\"query_pre_attn_scalar\" is 0, expected"},
           {"gemma2", R"({"layer_types": ["full_attention"]})", "a list of 4 names"},
           {"gemma2", R"({"sliding_window": 0})", "\"sliding_window\" is 0, expected at least 1"},
           {"gemma3_text", R"({"sliding_window_pattern": 0})", "\"sliding_window_pattern\" is 0"},
           {"gemma3_text", R"({"rope_parameters": {"rope_theta": 5}})",
            "\"rope_parameters\": \"rope_theta\" is 5, expected an object \"full_attention\""},
           {"gemma3_text", R"({"rope_scaling": {"rope_type": "yarn", "factor": 2}})",
            "\"rope_type\" is \"yarn\", expected default, linear or llama3"},
           {"gemma", R"({"head_dim": 7})", "\"head_dim\" is 7, expected an even number"},
           {"gemma", R"({"num_key_value_heads": 3})",
            "\"num_key_value_heads\" is 3, expected a divisor"},
       }) {
    EXPECT_THAT(message_of(c.model_type, c.patch), HasSubstr(c.message));
  }
}

}  // namespace
}  // namespace laurel::gemma_config_test
