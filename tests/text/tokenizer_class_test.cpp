// Folders of every model type and tokenizer class give the ids of transformers, or are refused by name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/files.h"
#include "core/str.h"
#include "text/golden.h"

namespace laurel::tokenizer_class_test {
namespace {

using Ids = std::vector<int32_t>;
using testing::Contains;
using testing::HasSubstr;

const Json& table() {
  static const Json parsed = [] {
    const auto file = golden_folder("tokenizer_classes.json");
    return parse_json(read_file(file), file.string(), ErrorKind::data);
  }();
  return parsed;
}

std::filesystem::path own_folder() {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  return std::filesystem::path(testing::TempDir()) / "laurel_tokenizer_class" / test->name();
}

// The golden folder of that name with another model type and changes of tokenizer_config.json.
std::filesystem::path folder_of(const std::string& name, const Json& config,
                                const Json& tokenizer_config) {
  const auto from = golden_folder(name), to = own_folder() / "model";
  create_folders(to);
  std::filesystem::copy_file(from / "tokenizer.json", to / "tokenizer.json",
                             std::filesystem::copy_options::overwrite_existing);
  Json changed = parse_json(read_file(from / "tokenizer_config.json"), name, ErrorKind::data);
  changed.erase("chat_template");
  changed.update(tokenizer_config);
  if (changed["tokenizer_class"].is_null()) changed.erase("tokenizer_class");
  write_file(to / "tokenizer_config.json", changed.dump());
  write_file(to / "config.json", config.dump());
  return to;
}

std::filesystem::path folder_of(const Json& entry) {
  return folder_of(entry["folder"], {{"model_type", entry["model_type"]}}, entry["config"]);
}

std::string error_of(const std::filesystem::path& folder) {
  try {
    load_text_processor(folder);
    return "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::model);
    return error.what();
  }
}

std::string told(const Json& entry) {
  return str(entry["folder"].dump(), " ", entry["model_type"].dump(), " ", entry["config"].dump());
}

// Its ids, and its pipeline.
void check_case(const Json& entry, const TextProcessor& text) {
  const Json& encodings = table()["encodings"][entry["ids"].get<size_t>()];
  for (size_t i = 0; i < encodings.size(); ++i) {
    const auto string = table()["texts"][i].get<std::string>();
    EXPECT_EQ(text.tokenizer.encode(string, true), encodings[i][0].get<Ids>())
        << told(entry) << string;
    EXPECT_EQ(text.tokenizer.encode(string, false), encodings[i][1].get<Ids>())
        << told(entry) << string;
  }
  const Json& parts = table()["pipelines"][entry["pipeline"].get<size_t>()];
  EXPECT_THAT(differing_parts(text.tokenizer.pipeline(), parts), testing::IsEmpty()) << told(entry);
}

TEST(TokenizerClass, EveryModelTypeAndClassGivesTheIdsAndThePipelineOfTransformers) {
  EXPECT_GT(table()["cases"].size(), 500u);
  std::set<Json> rebuilt;
  for (const Json& entry : table()["cases"]) {
    const auto folder = folder_of(entry);
    if (entry.contains("error")) {
      EXPECT_THAT(error_of(folder), HasSubstr("as its unk_token")) << told(entry);
      continue;
    }
    const TextProcessor text = load_text_processor(folder);
    check_case(entry, text);
    if (!text.tokenizer_json || !rebuilt.insert(entry["pipeline"]).second) continue;
    // What is saved with it is not rebuilt again.
    write_file(folder / "tokenizer.json", *text.tokenizer_json);
    EXPECT_FALSE(load_text_processor(folder).tokenizer_json) << told(entry);
  }
  EXPECT_GT(rebuilt.size(), 30u);
}

TEST(TokenizerClass, ClassesThatBuildTheirOwnAreThoseOfTransformers) {
  for (const Json& name : table()["classes"]) {
    EXPECT_TRUE(is_own_class(name.get<std::string>())) << name;
  }
  for (const char* name : {"PreTrainedTokenizer", "TokenizersBackend", "YiTokenizer", "Tokenizer",
                           "BloomTokenizer", "PreTrainedTokenizerFast", ""}) {
    EXPECT_FALSE(is_own_class(name)) << name;
  }
}

TEST(TokenizerClass, AClassThatLaurelDoesNotKnowIsRefusedByNameUnlessTheFileIsFollowed) {
  const auto folder =
      folder_of("first", {{"model_type", "llama"}, {"tokenizer_class", "T5Tokenizer"}},
                {{"tokenizer_class", nullptr}});
  EXPECT_THAT(error_of(folder),
              AllOf(HasSubstr("tokenizer_config.json: found the tokenizer class T5Tokenizer, "
                              "expected one of LlamaTokenizer"),
                    HasSubstr("set model.tokenizer to \"file\" (--tokenizer file)")));
  const TextProcessor text = load_text_processor(folder, {}, TokenizerRule::file);
  EXPECT_TRUE(text.class_differs);
  EXPECT_FALSE(text.tokenizer_json);
}

TEST(TokenizerClass, TheFileIsFollowedOnRequestAndAQwen2FolderIsWarnedOf) {
  const Json config = {{"tokenizer_class", "PreTrainedTokenizerFast"}};
  const auto folder = folder_of("header", {{"model_type", "qwen2"}}, config);
  const TextProcessor theirs = load_text_processor(folder);
  EXPECT_THAT(
      theirs.warnings,
      Contains(HasSubstr("its class Qwen2Tokenizer (model_type qwen2), which builds another "
                         "normalizer and pre_tokenizer and model than tokenizer.json has")));
  const TextProcessor file = load_text_processor(folder, {}, TokenizerRule::file);
  EXPECT_NE(theirs.tokenizer.encode("1234567", false), file.tokenizer.encode("1234567", false));
  EXPECT_EQ(file.tokenizer.encode("1234567", false),
            golden_text("header").tokenizer.encode("1234567", false));
  EXPECT_THAT(file.warnings, Contains(HasSubstr("PreTrainedTokenizerFast.from_pretrained")));
  EXPECT_NE(theirs.identity, file.identity);
}

TEST(TokenizerClass, MistralWithLlamaTokenizerIsNotWarnedOf) {
  const auto folder =
      folder_of("brackets", {{"model_type", "mistral"}}, {{"tokenizer_class", "LlamaTokenizer"}});
  const TextProcessor text = load_text_processor(folder);
  EXPECT_THAT(text.warnings, testing::IsEmpty());
  EXPECT_FALSE(text.class_differs);
}

TEST(TokenizerClass, WhatAClassDoesNotTakeFromTheFileIsRefusedByName) {
  const Json qwen = {{"model_type", "qwen2"}};
  EXPECT_THAT(error_of(folder_of("header", qwen, {{"added_tokens_decoder", Json::object()}})),
              HasSubstr("found the added token <|begin|>, expected it in added_tokens_decoder"));
  EXPECT_THAT(error_of(folder_of("header", qwen, {{"add_prefix_space", "yes"}})),
              HasSubstr("found a string as \"add_prefix_space\", expected true or false"));
  EXPECT_THAT(
      error_of(folder_of("header", qwen, {{"auto_map", {{"AutoTokenizer", {"a.B", nullptr}}}}})),
      HasSubstr("found code of its own under \"auto_map\""));
  EXPECT_THAT(error_of(folder_of("header", qwen, {{"fix_mistral_regex", true}})),
              HasSubstr("found true as \"fix_mistral_regex\""));
  EXPECT_THAT(error_of(folder_of("header", qwen, {{"split_special_tokens", true}})),
              HasSubstr("found true as \"split_special_tokens\", expected false"));
}

TEST(TokenizerClass, AModelThatAClassDoesNotBuildIsRefused) {
  const auto folder = folder_of("header", {{"model_type", "qwen2"}}, Json::object());
  Json file = Json::parse(read_file(folder / "tokenizer.json"));
  file["model"] = {{"type", "WordLevel"}, {"vocab", {{"a", 0}}}, {"unk_token", "a"}};
  write_file(folder / "tokenizer.json", file.dump());
  EXPECT_THAT(error_of(folder), HasSubstr("found a model of the type WordLevel, expected BPE"));
}

TEST(TokenizerClass, AnEncodersClassOnAnotherKindOfModelIsRefused) {
  const auto refusal = [](const char* folder, const char* type,
                          const Json& config = Json::object()) {
    return error_of(folder_of(folder, {{"model_type", type}}, config));
  };
  EXPECT_THAT(refusal("pairs/modern", "bert", {{"tokenizer_class", "BertTokenizer"}}),
              HasSubstr("found a model of the type BPE, expected WordPiece, of which transformers' "
                        "BertTokenizer makes its own"));
  EXPECT_THAT(refusal("pairs/cls", "xlm-roberta",
                      {{"tokenizer_class", "XLMRobertaTokenizer"}, {"bos_token", "[CLS]"}}),
              HasSubstr("found no token </s> in tokenizer.json, which transformers' "
                        "XLMRobertaTokenizer needs as its eos_token"));
  EXPECT_THAT(refusal("pairs/cls", "bert", {{"do_lower_case", "yes"}}),
              HasSubstr("found a string as \"do_lower_case\", expected true or false"));
}

TEST(TokenizerClass, TokenTypesAreThoseThatTransformersHandsToTheModel) {
  const auto has_types = [](const char* folder, const char* type, const Json& config) {
    return load_text_processor(folder_of(folder, {{"model_type", type}}, config)).has_token_types;
  };
  const Json fast = {{"tokenizer_class", "PreTrainedTokenizerFast"}};
  Json told = fast;
  told["model_input_names"] = {"input_ids", "token_type_ids"};
  const Json bert = {{"tokenizer_class", "BertTokenizer"}}, none = {{"tokenizer_class", nullptr}};
  EXPECT_TRUE(has_types("pairs/cls", "bert", bert));
  EXPECT_TRUE(has_types("pairs/cls", "bert", none));
  EXPECT_FALSE(has_types("pairs/cls", "bert", fast));
  EXPECT_TRUE(has_types("pairs/cls", "bert", told));
  EXPECT_FALSE(has_types("pairs/angles", "roberta", none));
}

TEST(TokenizerClass, OlderFilesAddTokensAsInTransformers) {
  const auto folder = folder_of(
      "blocks", {{"model_type", "llama"}},
      {{"model_specific_special_tokens", {{"call_token", "<call>"}}}, {"image_token", nullptr}});
  write_file(folder / "added_tokens.json", R"({"<two>": 991, "<one>": 990, "<|im_end|>": 992})");
  const TextProcessor text = load_text_processor(folder);
  // transformers 5.23: 420 to 423 are the file's, then added_tokens.json by its ids, then named ones.
  EXPECT_EQ(text.tokenizer.id_of("<one>"), 424);
  EXPECT_EQ(text.tokenizer.id_of("<two>"), 425);
  // Its flags replace those of tokenizer.json, where <|im_end|> takes the space in front of it.
  EXPECT_EQ(text.tokenizer.encode("<one> <|im_end|>", false), (Ids{424, 220, 422}));
  EXPECT_EQ(text.tokenizer.id_of("[PAD]"), 426);
  EXPECT_EQ(text.tokenizer.id_of("<call>"), 427);
}

}  // namespace
}  // namespace laurel::tokenizer_class_test
