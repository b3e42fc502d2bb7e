// The choice of the pad token: kept, the folder's own, or another special token.
#include "core/files.h"
#include "core/str.h"
#include "tiny.h"

namespace laurel::test::pad_token_test {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

// The tiny model with patched config.json and tokenizer_config.json, without the tokens `drop`.
static PadToken chosen(const char* config_patch, const char* tokenizer_patch,
                       Head head = Head::fresh, const std::vector<std::string>& drop = {}) {
  const Scratch scratch;
  write_tiny_model(scratch.path);
  Json config = tiny_config(), options = tiny_tokenizer_config(), tokenizer = tiny_tokenizer();
  config.merge_patch(Json::parse(config_patch));
  options.merge_patch(Json::parse(tokenizer_patch));
  for (const std::string& token : drop) {
    Json& added = tokenizer["added_tokens"];
    for (size_t i = added.size(); i-- > 0;) {
      if (added[i]["content"] == token) added.erase(i);
    }
  }
  write_json(scratch.path / "config.json", config);
  write_json(scratch.path / "tokenizer_config.json", options);
  write_json(scratch.path / "tokenizer.json", tokenizer);
  const ModelFolder model = open_model(from(scratch.path, head));
  return choose_pad_token(model, open_text(model));
}

static constexpr const char* kNoPad = R"({"pad_token_id": null})";
static constexpr const char* kNoPadToken = R"({"pad_token": null})";

TEST(PadToken, OfTheFolderIsKeptIfNoTextEndsInIt) {
  const PadToken pad = chosen("{}", "{}");
  EXPECT_EQ(pad.text, "<|right_pad|>");
  EXPECT_EQ(pad.id, 14);
  EXPECT_EQ(pad.note, "");
  EXPECT_EQ(chosen(kNoPad, "{}").id, 14) << "from the tokenizer";
  EXPECT_EQ(chosen(R"({"pad_token_id": 13})", kNoPadToken).id, 13) << "from config.json";
  EXPECT_EQ(chosen(R"({"pad_token_id": 13})", "{}").id, 14) << "the tokenizer's comes first";
}

TEST(PadToken, IsReplacedIfATextCanEndInIt) {
  const PadToken pad = chosen(R"({"pad_token_id": 2})", R"({"pad_token": "</s>"})");
  EXPECT_EQ(pad.text, "<|right_pad|>");
  EXPECT_THAT(pad.note, AllOf(HasSubstr("pad token: <|right_pad|> (id 14), chosen because"),
                              HasSubstr("</s> may end a text")));
  EXPECT_EQ(chosen(R"({"pad_token_id": 12})", R"({"pad_token": "<|extra|>"})").id, 14)
      << "the template spells <|extra|>";
  EXPECT_EQ(chosen(R"({"eos_token_id": [2, 14]})", "{}").id, 13) << "one of several ends";
}

TEST(PadToken, IsChosenByNameThenByIdAndAvoidsBosEosAndUnk) {
  const std::string pad = "<|right_pad|>", reserved = "<|reserved_1|>", extra = "<|extra|>";
  EXPECT_EQ(chosen(kNoPad, kNoPadToken).text, pad);
  EXPECT_THAT(chosen(kNoPad, kNoPadToken).note, HasSubstr("because the model has none"));
  EXPECT_EQ(chosen(kNoPad, kNoPadToken, Head::fresh, {pad}).text, reserved);
  EXPECT_EQ(chosen(kNoPad, kNoPadToken, Head::fresh, {pad, reserved}).text, "<unk>");
  EXPECT_EQ(
      chosen(kNoPad, R"({"pad_token": null, "chat_template": null})", Head::fresh, {pad, reserved})
          .text,
      extra);
  EXPECT_EQ(chosen(kNoPad, R"({"pad_token": null, "unk_token": null})", Head::fresh,
                   {pad, reserved, "<unk>"})
                .text,
            "<s>");
}

TEST(PadToken, WithoutACandidateIsAnErrorWithAdvice) {
  EXPECT_THAT(
      error_of(ErrorKind::model,
               [] {
                 chosen(kNoPad, R"({"pad_token": null, "unk_token": null, "bos_token": null})",
                        Head::fresh, {"<|right_pad|>", "<|reserved_1|>", "<unk>", "<s>"});
               }),
      AllOf(HasSubstr("found no special token that can be the pad token (the model has none)"),
            HasSubstr("add_special_tokens")));
}

TEST(PadToken, OfAKeptHeadIsNeverReplaced) {
  EXPECT_EQ(chosen(R"({"pad_token_id": 2})", R"({"pad_token": "</s>"})", Head::keep).id, 2);
  const PadToken pad = chosen(R"({"pad_token_id": 2})", "{}", Head::keep);
  EXPECT_EQ(pad.id, 2);
  EXPECT_THAT(pad.note, HasSubstr("config.json says </s> (id 2) and the tokenizer says "
                                  "<|right_pad|> (id 14)"));
  EXPECT_EQ(chosen(kNoPad, kNoPadToken, Head::keep).id, 14) << "a head without pad gets one";
}

TEST(PadToken, MustBeATokenOfTheTokenizer) {
  EXPECT_THAT(
      error_of(ErrorKind::model, [] { chosen(R"({"pad_token_id": 15})", "{}", Head::keep); }),
      HasSubstr("found pad_token_id 15, which is not a token of tokenizer.json"));
}

TEST(PadToken, TokenizersLargerThanTheEmbeddingAreRefused) {
  const Scratch scratch;
  write_tiny_model(scratch.path);
  Json tokenizer = tiny_tokenizer();
  tokenizer["model"]["vocab"]["w16"] = 16;
  write_json(scratch.path / "tokenizer.json", tokenizer);
  const ModelFolder model = open_model(from(scratch.path));
  EXPECT_THAT(
      error_of(ErrorKind::model, [&] { open_text(model); }),
      HasSubstr("found token ids up to 16 in tokenizer.json, expected ids below vocab_size 16"));
}

TEST(PadToken, PostProcessorsWithIdsThatTheEmbeddingLacksAreRefused) {
  const auto opening = [](int64_t id, const std::string& single) {
    const Scratch scratch;
    write_tiny_model(scratch.path);
    Json tokenizer = tiny_tokenizer();
    tokenizer["post_processor"] = Json::parse(
        str(R"({"type": "TemplateProcessing", "pair": [], "single": )", single,
            R"(, "special_tokens": {"X": {"id": "X", "tokens": ["X"], "ids": [)", id, "]}}}"));
    write_json(scratch.path / "tokenizer.json", tokenizer);
    const ModelFolder model = open_model(from(scratch.path));
    return error_of(ErrorKind::model, [&] { open_text(model); });
  };
  const std::string text = R"({"Sequence": {"id": "A", "type_id": 0}})";
  const std::string token = R"({"SpecialToken": {"id": "X", "type_id": 0}})";
  for (const std::string& single :
       {str("[", token, ", ", text, "]"), str("[", text, ", ", token, "]")}) {
    EXPECT_EQ(opening(15, single), "no error");
    for (const int64_t id : {int64_t{16}, int64_t{100'000}, int64_t{4'294'967'295}}) {
      EXPECT_THAT(opening(id, single),
                  HasSubstr(str("tokenizer.json: found the id ", id, " in its post_processor, ",
                                "expected ids below 16, the rows of the embedding")));
    }
  }
}

TEST(PadToken, RequiresTokenizerFilesThatCanBeEdited) {
  const Scratch scratch;
  write_tiny_model(scratch.path);
  const auto choosing = [&] {
    const ModelFolder model = open_model(from(scratch.path));
    const TextProcessor text = open_text(model);
    return error_of(ErrorKind::model, [&] { choose_pad_token(model, text); });
  };
  EXPECT_EQ(choosing(), "no error");
  Json options = tiny_tokenizer_config();
  options["added_tokens_decoder"] = Json::object();  // so that the map of older files is not read
  write_json(scratch.path / "tokenizer_config.json", options);
  write_file(scratch.path / "special_tokens_map.json", "[]");
  EXPECT_THAT(choosing(), AllOf(HasSubstr(scratch.path.filename().string()),
                                HasSubstr("/special_tokens_map.json: found a list")));
  fs::remove(scratch.path / "special_tokens_map.json");
  Json config = tiny_config();
  config["rope_parameters"] = Json::parse(R"({"rope_type": null, "type": "default"})");
  write_json(scratch.path / "config.json", config);
  EXPECT_THAT(choosing(), HasSubstr("/config.json: rope_parameters: found null as \"rope_type\""));
}

}  // namespace laurel::test::pad_token_test
