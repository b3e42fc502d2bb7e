// config.json of BERT, RoBERTa and XLM-RoBERTa: defaults, positions, and every refusal.
#include <gmock/gmock.h>

#include "model/backbone.h"
#include "support/error_of.h"

namespace laurel::bert_config_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Json config_json(const std::string& model_type, const std::string& patch) {
  Json config = Json::parse(R"({"vocab_size": 48, "hidden_size": 32, "intermediate_size": 40,
    "num_hidden_layers": 3, "num_attention_heads": 4})");
  config["model_type"] = model_type;
  // Keys that become null, which a merge patch would remove.
  const Json changes = Json::parse(patch);
  for (const auto& [key, value] : changes.items()) config[key] = value;
  return config;
}

BertConfig read(const std::string& model_type, const std::string& patch = "{}") {
  return std::get<Bert>(read_backbone(config_json(model_type, patch), "m/config.json")).config;
}

TEST(BertConfig, ReadsSizesAndTakesTheClassesDefaults) {
  const BertConfig bert = read("bert");
  EXPECT_EQ(bert.head_dim(), 8);
  EXPECT_EQ(bert.position_rows, 512);
  EXPECT_EQ(bert.token_types, 2);
  EXPECT_EQ(bert.layer_norm_eps, 1e-12);
  EXPECT_EQ(bert.pad_id, 0);
  EXPECT_EQ(bert.dropout, 0.1);
  EXPECT_EQ(bert.max_positions(), 512);
  EXPECT_FALSE(read("bert", R"({"pad_token_id": null})").pad_id);
  EXPECT_EQ(read("bert", R"({"classifier_dropout": 0.3})").dropout, 0.3);
  EXPECT_EQ(
      read("bert", R"({"hidden_dropout_prob": 0, "attention_probs_dropout_prob": 0})").dropout, 0);
}

TEST(BertConfig, PositionsOfRobertasBeginBehindThePadToken) {
  for (const char* const type : {"roberta", "xlm-roberta"}) {
    EXPECT_EQ(read(type, R"({"max_position_embeddings": 514})").max_positions(), 512);
    EXPECT_EQ(read(type, R"({"pad_token_id": 5})").max_positions(), 506);
  }
}

TEST(BertConfig, SaysHowItsClassifierIsMade) {
  const BackboneInfo bert = backbone_info(Bert{read("bert")});
  EXPECT_EQ(bert.classifier_class, "BertForSequenceClassification");
  EXPECT_EQ(bert.head.weight, "classifier.weight");
  EXPECT_THAT(bert.pooled_layers,
              ElementsAre("bert.pooler.dense.weight", "bert.pooler.dense.bias"));
  EXPECT_EQ(bert.pooling.rule, PoolingRule::first);
  EXPECT_FALSE(bert.pooling.causal);
  EXPECT_EQ(bert.pooling.token_types, 2);
  EXPECT_TRUE(bert.learned_positions && bert.head_has_bias);
  const BackboneInfo roberta = backbone_info(Bert{read("roberta")});
  EXPECT_EQ(roberta.classifier_class, "RobertaForSequenceClassification");
  EXPECT_EQ(roberta.head.bias, "classifier.out_proj.bias");
  EXPECT_THAT(roberta.pooled_layers,
              ElementsAre("classifier.dense.weight", "classifier.dense.bias"));
  EXPECT_EQ(backbone_info(Bert{read("xlm-roberta")}).classifier_class,
            "XLMRobertaForSequenceClassification");
}

// D 32, I 40, 3 layers of 4 heads, 10 tokens: 4 bytes of 1272, 1192, 808 elements a token, and 24
// statistics.
TEST(BertConfig, CountsWhatEveryLevelOfRecomputationKeeps) {
  const Backbone backbone = Bert{read("bert")};
  const MemoryShape shape{.tokens = 10};
  const auto bytes = [&](Recompute level) {
    return activation_bytes(backbone, shape, level).activations;
  };
  EXPECT_EQ(bytes(Recompute::none), 40 * 1272 + 960);
  EXPECT_EQ(bytes(Recompute::gate_up), 40 * 1192 + 960);
  EXPECT_EQ(bytes(Recompute::inputs), 40 * 808 + 960);
}

TEST(BertConfig, RefusesByNameWhatItDoesNotCompute) {
  const std::vector<std::tuple<const char*, const char*, const char*>> table = {
      {"bert", R"({"hidden_act": "gelu_new"})",
       R"(m/config.json: "hidden_act" is "gelu_new", expected "gelu")"},
      {"bert", R"({"position_embedding_type": "relative_key"})", "position_embedding_type"},
      {"bert", R"({"is_decoder": true})", "is_decoder"},
      {"bert", R"({"add_cross_attention": true})", "add_cross_attention"},
      {"bert", R"({"quantization_config": {}})", "quantization_config"},
      {"bert", R"({"hidden_size": 30})", "a multiple of \"num_attention_heads\", 4"},
      {"bert", R"({"layer_norm_eps": 0})", "layer_norm_eps"},
      {"bert", R"({"type_vocab_size": 0})", "type_vocab_size"},
      {"bert", R"({"pad_token_id": 48})", "a token, 0 to 47"},
      {"roberta", R"({"pad_token_id": null})", "positions begin after its number"},
      {"roberta", R"({"max_position_embeddings": 2})", "less than \"max_position_embeddings\" - 1"},
  };
  for (const auto& [type, patch, message] : table) {
    EXPECT_THAT(
        test::error_of(ErrorKind::model, [&, &type = type, &patch = patch] { read(type, patch); }),
        HasSubstr(message));
  }
}

}  // namespace
}  // namespace laurel::bert_config_test
