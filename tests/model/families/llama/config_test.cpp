// config.json of the Llama family: both rope spellings, defaults, windows, and every refusal.
#include <gmock/gmock.h>

#include "model/backbone.h"

namespace laurel::llama_config_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A config of the given type with `patch` merged into it (JSON merge patch: null removes a key).
Json config_json(const std::string& model_type, const std::string& patch = "{}") {
  Json config = Json::parse(R"({"vocab_size": 48, "hidden_size": 32, "intermediate_size": 40,
    "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2})");
  config["model_type"] = model_type;
  config.merge_patch(Json::parse(patch));
  return config;
}

LlamaConfig config_of(const Json& config, const std::string& where) {
  return std::get<Llama>(read_backbone(config, where)).config;
}

LlamaConfig read(const std::string& model_type, const std::string& patch = "{}") {
  return config_of(config_json(model_type, patch), "m/config.json");
}

std::string message_of(const Json& config) {
  try {
    config_of(config, "m/config.json");
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

TEST(LlamaConfig, ReadsSizesAndTakesTheFamilysDefaults) {
  const LlamaConfig llama = read("llama");
  EXPECT_EQ(llama.head_dim, 8);
  EXPECT_EQ(llama.kv_heads, 2);
  EXPECT_EQ(llama.max_positions, 2048);
  EXPECT_EQ(llama.rms_norm_eps, 1e-6);
  EXPECT_EQ(llama.rope.theta, 10000);
  EXPECT_FALSE(llama.qkv_bias || llama.output_bias || llama.mlp_bias || llama.qk_norm);
  EXPECT_THAT(llama.window, ElementsAre(0, 0, 0));
  EXPECT_EQ(read("llama", R"({"num_key_value_heads": null})").kv_heads, 4);
  EXPECT_EQ(read("mistral", R"({"num_attention_heads": 16, "num_key_value_heads": null})").kv_heads,
            8);
  EXPECT_EQ(read("qwen3").head_dim, 128);
  EXPECT_EQ(read("qwen3", R"({"head_dim": 12})").head_dim, 12);
  EXPECT_EQ(read("llama", R"({"head_dim": 6})").head_dim, 6);
}

TEST(LlamaConfig, ANullNumberOfKeyValueHeadsMeansOnePerQueryHead) {
  Json config = config_json("mistral");
  config["num_key_value_heads"] = nullptr;
  EXPECT_EQ(config_of(config, "c").kv_heads, 4);
}

TEST(LlamaConfig, BiasesAndNormsFollowTheFamily) {
  const LlamaConfig qwen2 = read("qwen2", R"({"attention_bias": false})");
  EXPECT_TRUE(qwen2.qkv_bias);
  EXPECT_FALSE(qwen2.output_bias || qwen2.qk_norm);
  const LlamaConfig llama = read("llama", R"({"attention_bias": true, "mlp_bias": true})");
  EXPECT_TRUE(llama.qkv_bias && llama.output_bias && llama.mlp_bias);
  const LlamaConfig qwen3 = read("qwen3", R"({"attention_bias": true})");
  EXPECT_TRUE(qwen3.qkv_bias && qwen3.output_bias && qwen3.qk_norm);
  EXPECT_FALSE(qwen3.mlp_bias);
  EXPECT_FALSE(read("mistral").qkv_bias);
}

TEST(LlamaConfig, ReadsBothSpellingsOfRope) {
  EXPECT_EQ(read("llama", R"({"rope_theta": 500, "rope_scaling": null})").rope.theta, 500);
  EXPECT_EQ(
      read("llama", R"({"rope_parameters": {"rope_theta": 7, "rope_type": "default"}})").rope.theta,
      7);
  const RopeConfig old =
      read("llama", R"({"rope_theta": 500, "rope_scaling": {"type": "linear", "factor": 4}})").rope;
  EXPECT_EQ(old.type, RopeType::linear);
  EXPECT_EQ(old.theta, 500);
  EXPECT_EQ(old.factor, 4);
  const RopeConfig llama3 =
      read("llama", R"({"rope_parameters": {"rope_type": "llama3", "rope_theta": 9, "factor": 8.0,
        "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 64}})")
          .rope;
  EXPECT_EQ(llama3.type, RopeType::llama3);
  EXPECT_EQ(llama3.theta, 9);
  EXPECT_EQ(llama3.high_freq_factor, 4);
  EXPECT_EQ(llama3.original_max_positions, 64);
}

TEST(LlamaConfig, RopeScalingWinsOverRopeParametersAndAnInnerThetaOverAnOuter) {
  const RopeConfig rope = read("llama", R"({"rope_theta": 5,
    "rope_scaling": {"rope_type": "linear", "factor": 2, "rope_theta": 6},
    "rope_parameters": {"rope_type": "default", "rope_theta": 7}})")
                              .rope;
  EXPECT_EQ(rope.type, RopeType::linear);
  EXPECT_EQ(rope.theta, 6);
  EXPECT_EQ(
      read("llama", R"({"rope_theta": 5, "rope_parameters": {"rope_type": "default"}})").rope.theta,
      5);
}

TEST(LlamaConfig, Llama3WithoutItsOriginalLengthTakesMaxPositionEmbeddings) {
  EXPECT_EQ(read("llama", R"({"max_position_embeddings": 99, "rope_scaling": {"rope_type": "llama3",
    "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4}})")
                .rope.original_max_positions,
            99);
}

// Factors of cos and sin as scripts/make_golden_rope.py --tables prints them.
TEST(LlamaConfig, ReadsYarnAsTransformersDoes) {
  const std::string yarn = R"("rope_type": "yarn", "original_max_position_embeddings": 512)";
  const auto rope_of = [&](const std::string& more) {
    return read("llama", R"({"max_position_embeddings": 2048, "rope_parameters": {)" + yarn + ", " +
                             more + "}}")
        .rope;
  };
  const RopeConfig rope = rope_of(R"("factor": 4.0, "beta_fast": 16, "beta_slow": 0.5)");
  EXPECT_EQ(rope.type, RopeType::yarn);
  EXPECT_EQ(rope.original_max_positions, 512);
  EXPECT_EQ(rope.beta_fast, 16);
  EXPECT_EQ(rope.beta_slow, 0.5);
  EXPECT_TRUE(rope.truncate);
  EXPECT_NEAR(rope.attention_factor, 1.138629436111989, 1e-12);
  EXPECT_EQ(rope_of(R"("factor": 4, "beta_fast": 0, "beta_slow": null)").beta_fast, 32);
  EXPECT_FALSE(rope_of(R"("factor": 4, "truncate": false)").truncate);
  EXPECT_NEAR(rope_of(R"("factor": 4, "mscale": 0.7, "mscale_all_dim": 1.3)").attention_factor,
              0.9295234923939468, 1e-12);
  EXPECT_NEAR(rope_of(R"("factor": 4, "mscale": 0.7)").attention_factor, 1.138629436111989, 1e-12);
  EXPECT_EQ(rope_of(R"("factor": 4, "attention_factor": 0.5)").attention_factor, 0.5);
  EXPECT_EQ(rope_of(R"("factor": 0.5)").attention_factor, 1);
  // Merge patches drop null, which means 2048 / 512.
  Json config = config_json("llama", R"({"max_position_embeddings": 2048,
    "rope_parameters": {"rope_type": "yarn", "original_max_position_embeddings": 512}})");
  EXPECT_THAT(message_of(config), HasSubstr("\"factor\" is missing, expected a number, or null"));
  config["rope_parameters"]["factor"] = nullptr;
  EXPECT_EQ(config_of(config, "c").rope.factor, 4);
}

TEST(LlamaConfig, ReadsRopesThatDependOnTheLengthOfTheRow) {
  const RopeConfig dynamic = read("llama", R"({"max_position_embeddings": 99,
    "rope_scaling": {"type": "dynamic", "factor": 2}})")
                                 .rope;
  EXPECT_EQ(dynamic.type, RopeType::dynamic);
  EXPECT_EQ(dynamic.original_max_positions, 99);
  const std::string longrope =
      R"({"max_position_embeddings": 48, "head_dim": 4, "rope_parameters": {
    "rope_type": "longrope", "short_factor": [1, 1.5], "long_factor": [2, 3],
    "original_max_position_embeddings": 12)";
  const RopeConfig rope = read("llama", longrope + "}}").rope;
  EXPECT_THAT(rope.short_factor, ElementsAre(1, 1.5));
  EXPECT_THAT(rope.long_factor, ElementsAre(2, 3));
  EXPECT_EQ(rope.factor, 4);  // 48 / 12
  EXPECT_NEAR(rope.attention_factor, 1.2481529919454024, 1e-12);
  EXPECT_EQ(read("llama", longrope + R"(, "attention_factor": 1.5}})").rope.attention_factor, 1.5);
  EXPECT_EQ(read("llama", longrope + R"(}, "original_max_position_embeddings": 24})")
                .rope.original_max_positions,
            24);  // as transformers has it for folders of Phi-3's kind
  EXPECT_THAT(message_of("llama", longrope + R"(, "long_factor": [1]}})"),
              HasSubstr("\"long_factor\" is [1], expected a list of 2 numbers above 0"));
}

TEST(LlamaConfig, TellsHowLongARowIsComputedAlike) {
  const auto info = [](const std::string& patch) {
    return backbone_info(read_backbone(config_json("llama", patch), "c"));
  };
  EXPECT_EQ(info("{}").pooling.lengths.bound, 0);
  const BackboneInfo dynamic = info(R"({"max_position_embeddings": 100,
    "rope_scaling": {"type": "dynamic", "factor": 2.5}})");
  EXPECT_EQ(dynamic.pooling.lengths.bound, 100);
  EXPECT_TRUE(dynamic.pooling.lengths.each_length);
  EXPECT_EQ(dynamic.max_positions, 250);
  const LengthRule rule = dynamic.pooling.lengths;
  EXPECT_EQ(rule.class_of(1), rule.class_of(100));
  EXPECT_NE(rule.class_of(100), rule.class_of(101));
  EXPECT_NE(rule.class_of(101), rule.class_of(102));
  const LengthRule two{.bound = 100, .each_length = false};
  EXPECT_EQ(two.class_of(101), two.class_of(5000));
  EXPECT_NE(two.class_of(100), two.class_of(101));
}

TEST(LlamaConfig, WindowsFollowTheFamilysRule) {
  EXPECT_THAT(read("llama", R"({"sliding_window": 5})").window, ElementsAre(0, 0, 0));
  EXPECT_THAT(read("mistral").window, ElementsAre(4096, 4096, 4096));
  EXPECT_THAT(read("mistral", R"({"sliding_window": 5})").window, ElementsAre(5, 5, 5));
  Json without = config_json("mistral");
  without["sliding_window"] = nullptr;
  EXPECT_THAT(config_of(without, "c").window, ElementsAre(0, 0, 0));
  const std::string sizes = R"("sliding_window": 5, "max_window_layers": 1)";
  EXPECT_THAT(read("qwen2", "{" + sizes + "}").window, ElementsAre(0, 0, 0));
  EXPECT_THAT(read("qwen2", "{\"use_sliding_window\": true, " + sizes + "}").window,
              ElementsAre(0, 5, 5));
  EXPECT_THAT(read("qwen3", R"({"use_sliding_window": true, "sliding_window": 5,
    "max_window_layers": 3})")
                  .window,
              ElementsAre(0, 0, 0));
  EXPECT_THAT(read("qwen3", R"({"use_sliding_window": true, "sliding_window": 5, "layer_types":
    ["sliding_attention", "full_attention", "sliding_attention"]})")
                  .window,
              ElementsAre(5, 0, 5));
}

TEST(LlamaConfig, RefusesWhatItDoesNotKnowAndListsWhatItDoes) {
  EXPECT_THAT(message_of("llama", R"({"hidden_act": "gelu"})"),
              HasSubstr("\"hidden_act\" is \"gelu\", expected \"silu\""));
  EXPECT_THAT(message_of("qwen3", R"({"is_causal": false})"), HasSubstr("\"is_causal\" is false"));
  EXPECT_THAT(message_of("llama", R"({"use_bidirectional_attention": true})"),
              HasSubstr("\"use_bidirectional_attention\" is true"));
}

TEST(LlamaConfig, RefusesRopeTypesByName) {
  for (const std::string type : {"su", "mrope"}) {
    EXPECT_EQ(
        message_of("llama", R"({"rope_scaling": {"factor": 2, "rope_type": ")" + type + "\"}}"),
        "m/config.json: \"rope_scaling\": \"rope_type\" is \"" + type +
            "\", expected default, linear, llama3, yarn, dynamic or longrope");
  }
  EXPECT_THAT(message_of("llama", R"({"rope_scaling": {"type": "ntk"}})"),
              HasSubstr("\"type\" is \"ntk\""));
  EXPECT_THAT(message_of("llama", R"({"partial_rotary_factor": 0.5})"),
              HasSubstr("\"partial_rotary_factor\" is 0.5, expected 1"));
  EXPECT_THAT(message_of("llama", R"({"rope_parameters": {"partial_rotary_factor": 0.5}})"),
              HasSubstr("\"rope_parameters\": \"partial_rotary_factor\" is 0.5"));
  EXPECT_THAT(message_of("qwen3", R"({"rope_parameters": {"full_attention": {"rope_theta": 1}}})"),
              HasSubstr("expected one set of rope options for all layers"));
  EXPECT_THAT(message_of("llama", R"({"rope_scaling": {"type": "linear"}})"),
              HasSubstr("\"rope_scaling\": \"factor\" is missing"));
  EXPECT_THAT(message_of("llama", R"({"rope_scaling": {"rope_type": "llama3", "factor": 8,
    "low_freq_factor": 4, "high_freq_factor": 4}})"),
              HasSubstr("\"high_freq_factor\" is 4"));
  EXPECT_THAT(message_of("llama", R"({"rope_theta": 0})"), HasSubstr("\"rope_theta\" is 0"));
}

TEST(LlamaConfig, NamesMissingMistypedAndImpossibleValues) {
  for (const std::string key : {"vocab_size", "hidden_size", "intermediate_size",
                                "num_hidden_layers", "num_attention_heads", "model_type"}) {
    Json config = config_json("llama");
    config.erase(key);
    EXPECT_EQ(message_of(config), "m/config.json: \"" + key + "\" is missing");
  }
  EXPECT_THAT(message_of("llama", R"({"vocab_size": "48"})"),
              HasSubstr("\"vocab_size\" is \"48\", expected an integer"));
  EXPECT_THAT(message_of("llama", R"({"hidden_size": 32.5})"), HasSubstr("expected an integer"));
  EXPECT_THAT(message_of("llama", R"({"vocab_size": 0})"),
              HasSubstr("\"vocab_size\" is 0, expected an integer from 1 to"));
  EXPECT_THAT(message_of("llama", R"({"num_hidden_layers": 513})"), HasSubstr("from 1 to 512"));
  EXPECT_THAT(message_of("llama", R"({"num_key_value_heads": 3})"),
              HasSubstr("expected a divisor of \"num_attention_heads\", 4"));
  EXPECT_THAT(message_of("llama", R"({"num_key_value_heads": 0})"), HasSubstr("a divisor"));
  EXPECT_THAT(message_of("llama", R"({"hidden_size": 34})"),
              HasSubstr("expected a multiple of \"num_attention_heads\", 4"));
  EXPECT_THAT(message_of("llama", R"({"head_dim": 7})"), HasSubstr("expected an even number"));
  EXPECT_THAT(message_of("llama", R"({"rms_norm_eps": 0})"), HasSubstr("\"rms_norm_eps\" is 0"));
  EXPECT_THAT(message_of("llama", R"({"rms_norm_eps": "small"})"), HasSubstr("expected a number"));
  EXPECT_THAT(message_of("llama", R"({"max_position_embeddings": 0})"), HasSubstr("at least 1"));
  EXPECT_THAT(message_of("llama", R"({"mlp_bias": 1})"), HasSubstr("expected true or false"));
  EXPECT_THAT(message_of("llama", R"({"hidden_act": 1})"), HasSubstr("expected a string"));
  EXPECT_THAT(message_of("mistral", R"({"sliding_window": 0})"), HasSubstr("\"sliding_window\""));
  EXPECT_THAT(message_of("llama", R"({"rope_scaling": "linear"})"),
              HasSubstr("\"rope_scaling\": found a string, expected an object"));
  EXPECT_THAT(message_of(Json::array()), HasSubstr("expected an object"));
}

TEST(LlamaConfig, ChecksLayerTypes) {
  EXPECT_THAT(message_of("qwen3", R"({"layer_types": ["full_attention"]})"),
              HasSubstr("a list of 3 names, one per layer"));
  EXPECT_THAT(message_of("qwen3", R"({"layer_types": ["full_attention", "chunked_attention",
    "full_attention"]})"),
              HasSubstr("full_attention or sliding_attention"));
  EXPECT_THAT(message_of("qwen3", R"({"layer_types": ["full_attention", "sliding_attention",
    "full_attention"]})"),
              HasSubstr("no sliding window is turned on"));
  EXPECT_THAT(message_of("mistral", R"({"layer_types": ["full_attention", "sliding_attention",
    "full_attention"]})"),
              HasSubstr("one kind for all layers"));
}

TEST(LlamaConfig, ANumberAboveEveryIntegerIsNotTakenForANegativeOne) {
  EXPECT_THAT(message_of("qwen2", R"({"max_window_layers": 18446744073709551615})"),
              HasSubstr("\"max_window_layers\" is 18446744073709551615, expected an integer"));
}

}  // namespace
}  // namespace laurel::llama_config_test
