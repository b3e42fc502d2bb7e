// A model's folder that changes while a run reads it, and files in it that cannot be copied.
#include "checkpoint/model_assets.h"

#include "core/files.h"
#include "core/str.h"
#include "tiny.h"

namespace laurel::test::model_assets_test {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

TEST(ModelAssets, ThatChangeWhileTheyAreReadAreAnError) {
  const Scratch scratch;
  write_tiny_model(scratch.path);
  const ModelFolder model = open_model(from(scratch.path));
  EXPECT_EQ(error_of(ErrorKind::model, [&] { open_text(model); }), "no error");
  write_file(scratch.path / "chat_template.jinja", "{{ 'two' }}");
  EXPECT_THAT(error_of(ErrorKind::model, [&] { open_text(model); }),
              HasSubstr("changed while it was being read; start again once nothing writes to it"));
}

TEST(ModelAssets, WithNamesThatAManifestCannotListAreErrors) {
  const std::string longest = std::string(194, 'n') + ".jinja";
  for (const std::string& name : {std::string("evil\n.jinja"), std::string("\xff.jinja"),
                                  std::string("a\\b.jinja"), std::string(195, 'n') + ".jinja"}) {
    const Scratch scratch;
    write_tiny_model(scratch.path);
    const fs::path templates = scratch.path / "additional_chat_templates";
    fs::create_directory(templates);
    write_file(templates / longest, "{{ 1 }}");
    write_file(templates / "not\na template", "");
    EXPECT_EQ(read_model_assets(scratch.path).count(str("additional_chat_templates/", longest)), 1);
    write_file(templates / name, "{{ 2 }}");
    EXPECT_THAT(error_of(ErrorKind::model, [&] { open_model(from(scratch.path)); }),
                ::testing::AllOf(HasSubstr("additional_chat_templates: found a file named \""),
                                 HasSubstr(", expected UTF-8 of at most 200 bytes without control"),
                                 HasSubstr("rename or remove it")));
  }
}

TEST(ModelAssets, ThatCannotBeReadAreNotTreatedAsMissing) {
  for (const char* name : {"special_tokens_map.json", "additional_chat_templates"}) {
    const Scratch scratch;
    write_tiny_model(scratch.path);
    fs::create_symlink("nowhere", scratch.path / "added_tokens.json");
    EXPECT_FALSE(read_model_assets(scratch.path).contains("added_tokens.json"));
    fs::create_symlink(name, scratch.path / name);
    EXPECT_THAT(error_of(ErrorKind::model, [&] { open_model(from(scratch.path)); }),
                HasSubstr(std::string(name) + ": cannot be read: "));
  }
}

// The header tokenizer of the golden folders as one of a model of that type.
TextProcessor header_as(const fs::path& to, const char* model_type, TokenizerRule rule) {
  const fs::path from = fs::path(LAUREL_SOURCE_DIR) / "tests" / "golden" / "text" / "header";
  for (const char* name : {"tokenizer.json", "tokenizer_config.json"}) {
    fs::copy_file(from / name, to / name, fs::copy_options::overwrite_existing);
  }
  write_file(to / "config.json", str("{\"model_type\": \"", model_type, "\"}"));
  return load_text_processor(to, {}, rule);
}

std::string class_of(const ModelAssets& files) {
  return Json::parse(files.at("tokenizer_config.json"))["tokenizer_class"];
}

TEST(ModelAssets, SayWhichPipelineMadeTheIds) {
  const Scratch scratch;
  const TextProcessor theirs = header_as(scratch.path, "qwen2", TokenizerRule::transformers);
  ModelAssets files = read_model_assets(scratch.path);
  const ModelAssets before = files;
  keep_pipeline(files, theirs);
  EXPECT_EQ(files.at("tokenizer.json"), *theirs.tokenizer_json);
  EXPECT_EQ(files.at("tokenizer_config.json"), before.at("tokenizer_config.json"));
  // Read again, they give the same ids under either rule.
  write_file(scratch.path / "tokenizer.json", files.at("tokenizer.json"));
  for (const TokenizerRule rule : {TokenizerRule::transformers, TokenizerRule::file}) {
    const TextProcessor again = load_text_processor(scratch.path, {}, rule);
    EXPECT_EQ(again.tokenizer.encode("12345 e\u0301", true),
              theirs.tokenizer.encode("12345 e\u0301", true));
    EXPECT_FALSE(again.class_differs);
  }
}

TEST(ModelAssets, NameAClassThatFollowsTheFileWhereTheFileWasFollowed) {
  const Scratch scratch;
  header_as(scratch.path, "qwen3", TokenizerRule::file);
  write_file(scratch.path / "tokenizer_config.json", R"({"tokenizer_class": "GPT2Tokenizer"})");
  const TextProcessor text = load_text_processor(scratch.path, {}, TokenizerRule::file);
  EXPECT_TRUE(text.class_differs);
  EXPECT_TRUE(text.auto_tokenizer);
  ModelAssets files = read_model_assets(scratch.path);
  const std::string tokenizer = files.at("tokenizer.json");
  keep_pipeline(files, text);
  EXPECT_EQ(files.at("tokenizer.json"), tokenizer);
  EXPECT_EQ(class_of(files), "PreTrainedTokenizerFast");
  write_file(scratch.path / "tokenizer_config.json", files.at("tokenizer_config.json"));
  EXPECT_EQ(load_text_processor(scratch.path).tokenizer.encode("12345", true),
            text.tokenizer.encode("12345", true));
}

TEST(ModelAssets, KeepTokenTypesWhereTheClassThatHadThemGoes) {
  const Scratch scratch;
  const fs::path from = fs::path(LAUREL_SOURCE_DIR) / "tests" / "golden" / "text" / "pairs" / "cls";
  for (const char* name : {"tokenizer.json", "tokenizer_config.json", "config.json"}) {
    fs::copy_file(from / name, scratch.path / name);
  }
  Json config = Json::parse(read_file(scratch.path / "tokenizer_config.json"));
  config["do_lower_case"] = false;  // not what tokenizer.json does
  write_file(scratch.path / "tokenizer_config.json", config.dump());
  const TextProcessor text = load_text_processor(scratch.path, {}, TokenizerRule::file);
  ASSERT_TRUE(text.class_differs && text.has_token_types);
  ModelAssets files = read_model_assets(scratch.path);
  keep_pipeline(files, text);
  EXPECT_EQ(class_of(files), "PreTrainedTokenizerFast");
  write_file(scratch.path / "tokenizer_config.json", files.at("tokenizer_config.json"));
  EXPECT_TRUE(load_text_processor(scratch.path).has_token_types);
}

TEST(ModelAssets, AFolderWithoutTokenizerConfigGetsTheClassThatTransformersChose) {
  const Scratch scratch;
  header_as(scratch.path, "qwen3", TokenizerRule::transformers);
  fs::remove(scratch.path / "tokenizer_config.json");
  const TextProcessor text = load_text_processor(scratch.path);
  ModelAssets files = read_model_assets(scratch.path);
  keep_pipeline(files, text);
  EXPECT_EQ(class_of(files), "Qwen2Tokenizer");
}

TEST(ModelAssets, AFolderThatLaurelWroteFollowsItsFile) {
  const Scratch scratch;
  write_tiny_model(scratch.path);
  EXPECT_EQ(open_model(from(scratch.path)).tokenizer, TokenizerRule::transformers);
  write_file(scratch.path / "reward_config.json", "{}");
  LoadOptions options = from(scratch.path);
  options.head = Head::fresh;
  EXPECT_EQ(open_model(options).tokenizer, TokenizerRule::file);
  options.tokenizer = TokenizerRule::transformers;
  EXPECT_EQ(open_model(options).tokenizer, TokenizerRule::transformers);
}

// What is read goes into exports, which people publish.
TEST(ModelAssets, BringNoFileFromOutsideTheFolder) {
  const Scratch scratch;
  const fs::path model = scratch.path / "model";
  write_tiny_model(model);
  write_file(scratch.path / "id_rsa", "secret");
  fs::create_symlink("../id_rsa", model / "merges.txt");
  EXPECT_EQ(
      error_of(ErrorKind::model, [&] { read_model_assets(model); }),
      str(model / "merges.txt", ": found a link to ",
          fs::canonical(scratch.path / "id_rsa").string(),
          ", outside the folder, expected a file: it would be copied into exports; if that is "
          "what you want, copy it here first"));
  fs::remove(model / "merges.txt");
  write_file(model / "vocabulary", "ours");
  fs::create_symlink("vocabulary", model / "merges.txt");
  EXPECT_EQ(read_model_assets(model).at("merges.txt"), "ours");
}

}  // namespace laurel::test::model_assets_test
