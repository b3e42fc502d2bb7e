// Ids and rendered strings equal those of transformers 5.23 on every golden folder.
#include "text/golden.h"

#include <gmock/gmock.h>

#include "text/errors.h"
#include "text/tokenize.h"

namespace laurel::golden_test {
namespace {

using Ids = std::vector<int32_t>;

class Golden : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Text, Golden, testing::ValuesIn(kGoldenFolders),
                         [](const auto& info) { return std::string(info.param); });

std::string repeated(const Json& entry) {
  std::string text;
  for (int i = 0; i < entry.value("times", 1); ++i) text += entry["text"].get<std::string>();
  return text;
}

TEST_P(Golden, SpecialTokensHaveTheNamesAndIdsOfTransformers) {
  const TextProcessor text = golden_text(GetParam());
  const Json tokens = golden(GetParam())["tokens"];
  const auto expect = [&](const char* name, const std::optional<SpecialToken>& token) {
    ASSERT_EQ(token.has_value(), tokens["named"].contains(name)) << name;
    if (!token) return;
    EXPECT_EQ(token->text, tokens["named"][name][0]) << name;
    EXPECT_EQ(token->id, tokens["named"][name][1]) << name;
  };
  expect("bos_token", text.bos);
  expect("eos_token", text.eos);
  expect("pad_token", text.pad);
  expect("unk_token", text.unk);
  EXPECT_EQ(text.tokenizer.vocabulary_size(), tokens["size"]);
  Json added = Json::array();
  for (const AddedToken& token : text.tokenizer.added_tokens()) {
    added.push_back({token.id, token.text, token.special});
    EXPECT_EQ(text.tokenizer.token_of(token.id), token.text);
    EXPECT_EQ(text.tokenizer.id_of(token.text), token.id);
  }
  EXPECT_EQ(added, tokens["added"]);
}

TEST_P(Golden, StringsBecomeTheIdsOfTransformers) {
  const TextProcessor folder = golden_text(GetParam());
  const Tokenizer& tokenizer = folder.tokenizer;
  const Json strings = golden(GetParam())["strings"];
  EXPECT_GT(strings.size(), 30);
  for (const Json& entry : strings) {
    const std::string text = repeated(entry);
    const Ids ids = entry["ids"];
    EXPECT_EQ(tokenizer.encode(text, false), ids) << entry["text"];
    EXPECT_EQ(tokenizer.encode(text, true), entry["all"].get<Ids>()) << entry["text"];
    EXPECT_EQ(tokenizer.encode_partly_ordinary(text, {}), ids) << entry["text"];
    const Ids unmatched = entry.contains("unmatched") ? entry["unmatched"].get<Ids>() : ids;
    EXPECT_EQ(tokenizer.encode_partly_ordinary(text, tokenizer.special_text(text)), unmatched)
        << entry["text"];
  }
}

TEST_P(Golden, PlainStringsBecomeTheIdsOfTrl) {
  const Json rows = golden(GetParam()).value("plain", Json::array());
  const TextProcessor text = golden_text(GetParam());
  EXPECT_EQ(rows.empty(), !text.chat_template);
  for (const Json& row : rows) {
    const TokenizedText encoded =
        tokenize_text(text, {.rule = TextRule::plain}, Text(row["prompt"].get<std::string>()),
                      row["response"].get<std::string>());
    EXPECT_EQ(encoded.ids, row["ids"].get<Ids>()) << row;
    EXPECT_FALSE(encoded.contains_special_text);
  }
}

TEST_P(Golden, ConversationsBecomeTheStringsAndIdsOfTransformers) {
  const Json sets = golden(GetParam()).value("chats", Json::array());
  EXPECT_EQ(sets.empty(), !golden_text(GetParam()).chat_template);
  for (const Json& set : sets) {
    const TextProcessor text = golden_text(GetParam(), set["kwargs"]);
    EXPECT_FALSE(set["chats"].empty());
    for (const Json& entry : set["chats"]) {
      const Text conversation = text_from_json(entry["messages"], "golden");
      const auto& messages = std::get<Conversation>(conversation);
      if (entry.contains("error")) {
        EXPECT_THAT(message_of([&] { text.chat_template->render(messages); }, ErrorKind::data),
                    testing::HasSubstr(entry["error"].get<std::string>()))
            << entry;
        continue;
      }
      EXPECT_EQ(text.chat_template->render(messages), entry["text"]) << entry["messages"];
      EXPECT_EQ(tokenize_text(text, {.rule = TextRule::chat}, {}, conversation).ids,
                entry["ids"].get<Ids>())
          << entry["messages"];
    }
  }
}

TEST_P(Golden, ATokenThatTokenizerJsonLacksIsWarnedOf) {
  const TextProcessor text = golden_text(GetParam());
  const std::map<std::string, size_t> expected = {{"blocks", 2}, {"header", 1}, {"thinking", 1}};
  const auto found = expected.find(GetParam());
  ASSERT_EQ(text.warnings.size(), found == expected.end() ? 0 : found->second);
  if (GetParam() == std::string("thinking")) {
    EXPECT_EQ(text.warnings[0],
              "the token <|image|> of tokenizer_config.json is not in tokenizer.json; it gets a "
              "new id, as in transformers");
  }
}

}  // namespace
}  // namespace laurel::golden_test
