// The small files of an export: what is edited, and that nothing else is.
#include "checkpoint/export_files.h"

#include "core/files.h"
#include "core/str.h"
#include "tiny.h"

namespace laurel::test::export_files_test {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

static std::string exported(const std::string& config, at::ScalarType dtype = at::kFloat) {
  return export_config(config, {.backbone = read_backbone(Json::parse(config), "config.json"),
                                .pad_id = 14,
                                .labels = {},
                                .dtype = dtype});
}

static std::string config_of(const std::string& model_type, const std::string& members) {
  return str(R"({"model_type": ")", model_type, R"(", "vocab_size": 16, "hidden_size": 8, )",
             R"("intermediate_size": 12, "num_hidden_layers": 1, "num_attention_heads": 2, )",
             R"("num_key_value_heads": 1, "hidden_act": "silu", "max_position_embeddings": 64, )",
             R"("rms_norm_eps": 1e-05)", members, "}");
}

TEST(ExportConfig, EditsWhatAClassifierNeedsInEveryFamily) {
  const std::vector<std::pair<std::string, std::string>> classes = {
      {"llama", "LlamaForSequenceClassification"},
      {"mistral", "MistralForSequenceClassification"},
      {"qwen2", "Qwen2ForSequenceClassification"},
      {"qwen3", "Qwen3ForSequenceClassification"}};
  for (const auto& [type, name] : classes) {
    const std::string text =
        config_of(type, R"(, "architectures": ["X"], "rope_theta": 10000.0, "num_labels": 2)");
    const Json json = Json::parse(exported(text, at::kBFloat16));
    EXPECT_EQ(json["architectures"], Json::array({name}));
    EXPECT_EQ(json["id2label"], Json::parse(R"({"0": "LABEL_0"})"));
    EXPECT_EQ(json["label2id"], Json::parse(R"({"LABEL_0": 0})"));
    EXPECT_EQ(json["num_labels"], 1);
    EXPECT_EQ(json["pad_token_id"], 14);
    EXPECT_EQ(json["problem_type"], "regression");
    EXPECT_EQ(json["use_cache"], false);
    EXPECT_EQ(json["torch_dtype"], "bfloat16");
    EXPECT_EQ(json["dtype"], "bfloat16");
    EXPECT_FALSE(json.contains("rope_scaling"));
  }
  const std::string half = exported(config_of("llama", ""), at::kHalf);
  EXPECT_EQ(Json::parse(half)["dtype"], "float16");
  EXPECT_FALSE(Json::parse(half).contains("num_labels"));
}

TEST(ExportConfig, KeepsEveryOtherByteAndIsIdempotent) {
  const std::string text =
      config_of("llama", R"(, "rope_theta": 1e4, "initializer_range": 0.020, "my_own": [1, 1.0])");
  const std::string edited = exported(text);
  EXPECT_THAT(edited, HasSubstr(text.substr(0, text.size() - 1)));
  EXPECT_EQ(exported(edited), edited);
}

TEST(ExportConfig, WritesTheRopeKeysOfTransformers4And5) {
  const Json plain = Json::parse(exported(config_of(
      "qwen3",
      R"(, "head_dim": 4, "rope_parameters": {"rope_theta": 1000000.0, "rope_type": "default"})")));
  EXPECT_EQ(plain["rope_theta"].dump(), "1000000.0");
  EXPECT_TRUE(plain["rope_scaling"].is_null());
  EXPECT_TRUE(plain.contains("rope_parameters"));

  const Json scaled = Json::parse(exported(config_of(
      "llama",
      R"(, "rope_parameters": {"rope_theta": 10000.0, "rope_type": "linear", "factor": 2.0})")));
  EXPECT_EQ(scaled["rope_theta"], 10000.0);
  EXPECT_EQ(scaled["rope_scaling"], Json::parse(R"({"rope_type": "linear", "factor": 2.0})"));
}

TEST(ExportConfig, KeepsTheRopeTypeThatWasLoaded) {
  const std::string linear = R"("rope_parameters": {"type": "linear", "factor": 2.0})";
  for (const char* old : {"", R"("rope_scaling": null, )", R"("rope_scaling": {}, )"}) {
    const Json json = Json::parse(exported(config_of("llama", str(", ", old, linear))));
    EXPECT_EQ(json["rope_scaling"], Json::parse(R"({"type": "linear", "factor": 2.0})")) << old;
    EXPECT_FALSE(json.contains("rope_theta"));
  }
  for (const char* key : {"rope_type", "type"}) {
    const std::string text =
        config_of("llama", str(R"(, "rope_parameters": {")", key, "\": null}"));
    EXPECT_EQ(error_of(ErrorKind::model, [&] { exported(text); }),
              str("config.json: rope_parameters: found null as \"", key, "\", expected a string"));
  }
}

// The copies of tokenizer_config.json and special_tokens_map.json.
static std::pair<std::string, std::string> copied(const std::string& config, const std::string& map,
                                                  const PadToken& pad) {
  const Scratch to;
  ModelAssets from;
  if (!config.empty()) from["tokenizer_config.json"] = config;
  if (!map.empty()) from["special_tokens_map.json"] = map;
  copy_tokenizer(from, to.path, pad);
  const bool has_map = fs::exists(to.path / "special_tokens_map.json");
  return {read_file(to.path / "tokenizer_config.json"),
          has_map ? read_file(to.path / "special_tokens_map.json") : ""};
}

TEST(CopyTokenizer, CopiesByteForByteWhereThePadStays) {
  const Scratch from, to;
  fs::create_directory(from.path / "additional_chat_templates");
  const std::map<std::string, std::string> files = {
      {"tokenizer.json", "any\nbytes"},
      {"chat_template.jinja", "{{ 1 }}\n"},
      {"additional_chat_templates/tools.jinja", "x"},
      {"tokenizer_config.json", "{\"pad_token\":{\"content\":\"<pad>\",\"x\":1e3} }"},
      {"special_tokens_map.json", "{ \"pad_token\" : \"<pad>\" }"}};
  for (const auto& [name, bytes] : files) write_file(from.path / name, bytes);
  write_file(from.path / "config.json", "{}");
  write_file(from.path / "model.safetensors", "not a tokenizer file");
  write_file(from.path / "code.py", "not one either");
  copy_tokenizer(read_model_assets(from.path), to.path, {"<pad>", 3, ""});
  EXPECT_EQ(contents_of(to.path), files);
}

TEST(CopyTokenizer, WritesTheNewPadTokenAndAClassOfTransformers4) {
  const PadToken pad{"<new>", 3, ""};
  const auto [config, map] =
      copied(R"({"model_max_length": 1000000000000000019884624838656, "pad_token": "<old>",)"
             R"( "tokenizer_class": "TokenizersBackend"})",
             R"({"pad_token": {"content": "<old>"}, "eos_token": "</s>"})", pad);
  EXPECT_EQ(config, R"({"model_max_length": 1000000000000000019884624838656, "pad_token": "<new>",)"
                    R"( "tokenizer_class": "PreTrainedTokenizerFast"})");
  EXPECT_EQ(map, R"({"pad_token": "<new>", "eos_token": "</s>"})");
  EXPECT_EQ(copied(R"({"a": 1})", "", pad).first, R"({"a": 1,"pad_token": "<new>"})");
  EXPECT_EQ(Json::parse(copied("", "", pad).first),
            Json::parse(R"({"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "<new>"})"));
}

TEST(CopyTokenizer, NamesTheFileThatCannotBeEdited) {
  const auto error = [](const std::string& map) {
    return error_of(ErrorKind::model, [&] { copied("{}", map, {"<pad>", 3, ""}); });
  };
  EXPECT_EQ(error("[]"), "special_tokens_map.json: found a list, expected an object");
  EXPECT_EQ(error(R"({"pad_token": {"content": 5}})"),
            "special_tokens_map.json: \"pad_token\": found the number 5 as its \"content\", "
            "expected a string");
  EXPECT_THAT(error(R"({"a": 1)"), HasSubstr("special_tokens_map.json: not valid JSON"));
  EXPECT_EQ(copied("{}", R"({"pad_token": null})", {"<pad>", 3, ""}).second,
            R"({"pad_token": "<pad>"})");
}

TEST(ModelCard, SaysHowToScoreUnderTheModelsTextRule) {
  RewardConfig config;
  config.max_length = 512;
  config.sources = {{.name = "ukp", .format = "pairwise", .loss = {{"type", "bradley_terry"}}}};
  EXPECT_THAT(model_card({.config = config}),
              AllOf(HasSubstr("apply_chat_template"), HasSubstr("up to 512 tokens"),
                    HasSubstr("| ukp | pairwise | `{\"type\":\"bradley_terry\"}` |"),
                    Not(HasSubstr("prompt + response"))));
  EXPECT_THAT(model_card({.config = config}),
              AllOf(HasSubstr("FOLDER = \".\"  # that of this file, or its name on the Hub\n"),
                    HasSubstr("\nmessages = [{\"role\": \"user\", ")));
  config.text.rule = TextRule::plain;
  EXPECT_THAT(model_card({.config = config}),
              HasSubstr("\nprompt, response = \"How long does an egg boil? \", \"Seven "
                        "minutes.\"\ntext = prompt + response"));
  EXPECT_THAT(model_card({}), AllOf(HasSubstr("apply_chat_template"),
                                    HasSubstr("AutoTokenizer.from_pretrained(FOLDER)")));
  EXPECT_THAT(model_card({}, {.auto_tokenizer = false}),
              AllOf(HasSubstr("import AutoModelForSequenceClassification, PreTrainedTokenizerFast"),
                    HasSubstr("= PreTrainedTokenizerFast.from_pretrained(FOLDER)")));
}

TEST(ModelCard, SaysHowAnEncoderReadsPairs) {
  RewardConfig config;
  config.text.rule = TextRule::pair;
  EXPECT_THAT(model_card({.config = config}, {.pooling = PoolingRule::first}),
              AllOf(HasSubstr("tokenizer([prompt], [response], return_tensors=\"pt\")"),
                    HasSubstr("an empty prompt is a first text without tokens."),
                    HasSubstr("read at the first token of the text"),
                    Not(HasSubstr("apply_chat_template"))));
  EXPECT_THAT(model_card({}, {.pooling = PoolingRule::mean, .texts = TextRule::pair}),
              AllOf(HasSubstr("tokenizer([prompt], [response]"),
                    HasSubstr("read as the mean of all tokens of the text")));
}

TEST(ModelCard, HasTheLinesOfTheDocsForPlainText) {
  RewardConfig config;
  config.text.rule = TextRule::plain;
  const std::string card = model_card({.config = config});
  const size_t begin = card.find("text = prompt + response"), end = card.find("with torch", begin);
  EXPECT_THAT(read_file(std::filesystem::path(LAUREL_SOURCE_DIR) / "docs" / "export.md"),
              HasSubstr(card.substr(begin, end - begin)));
}

// The names come with the model, from anybody.
TEST(ModelCard, TakesNamesAsTextOnly) {
  RewardConfig config;
  config.sources = {
      {.name = "a|b\n<img src=x>[c](d)", .format = "`pairwise`", .loss = {{"t", "`|x"}}}};
  config.combined = {{"**help** <b>", 1}};
  const std::string card = model_card({.config = config});
  EXPECT_THAT(card, HasSubstr("\n| a\\|b \\<img src=x\\>\\[c\\](d) | \\`pairwise\\` | "
                              "`{\"t\":\"'\\|x\"}` |\n"));
  EXPECT_THAT(card, HasSubstr("The reward is 1 \\*\\*help\\*\\* \\<b\\>, combined"));
}

}  // namespace laurel::test::export_files_test
