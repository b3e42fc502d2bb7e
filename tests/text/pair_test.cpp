// Pairs of texts: the ids and token types of transformers for every kind of post-processor, cut as
// all other texts are.
#include "text/pair.h"

#include <gmock/gmock.h>

#include "text/errors.h"
#include "text/golden.h"

namespace laurel::pair_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Ids = std::vector<int32_t>;

constexpr TextRules kPair{.rule = TextRule::pair};
constexpr TextRules kPairAsText{.rule = TextRule::pair, .special_text = SpecialText::plain};
constexpr const char* kFolders[] = {"cls", "old", "angles", "pieces", "modern", "bare"};

std::filesystem::path folder_of(const std::string& name) { return golden_folder("pairs/" + name); }
TextProcessor encoder(const std::string& name) { return load_text_processor(folder_of(name)); }

// Types of the ids, one by one.
Ids types_of(const TokenizedText& text) {
  Ids types(text.ids.size(), 0);
  for (size_t i = 0; i < types.size(); ++i) {
    types[i] = text.second_text >= 0 && static_cast<int32_t>(i) >= text.second_text ? 1 : 0;
  }
  return types;
}

class GoldenPairs : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Text, GoldenPairs, testing::ValuesIn(kFolders),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(GoldenPairs, HaveTheIdsAndTypesOfTransformers) {
  const TextProcessor text = encoder(GetParam());
  const Json rows = golden(std::string("pairs/") + GetParam());
  EXPECT_EQ(text.tokenizer.vocabulary_size(), rows["size"]);
  ASSERT_GT(rows["pairs"].size(), 10u);
  for (const Json& row : rows["pairs"]) {
    const auto prompt = row["prompt"].get<std::string>(), answer = row["answer"].get<std::string>();
    const Ids ids = row["ids"], single = row["single"];
    if (ids.empty()) {
      EXPECT_THAT(message_of([&] { tokenize_text(text, kPair, prompt, answer); }, ErrorKind::data),
                  HasSubstr("found a text without any token"));
      continue;
    }
    const TokenizedText pair = tokenize_text(text, kPair, prompt, answer);
    EXPECT_EQ(pair.ids, ids) << row;
    EXPECT_EQ(types_of(pair), row.contains("types") ? row["types"].get<Ids>() : Ids(ids.size(), 0))
        << row;
    EXPECT_EQ(tokenize_text(text, kPairAsText, prompt, answer).ids,
              row.contains("plain") ? row["plain"].get<Ids>() : ids)
        << row;
    if (single.empty()) continue;
    const TokenizedText alone = tokenize_text(text, kPair, {}, answer);
    EXPECT_EQ(alone.ids, single) << row;
    EXPECT_EQ(alone.second_text, -1);
    EXPECT_EQ(alone.answer, -1);
  }
}

TEST(PairRule, TypesBeginWithTheSecondTextOrBeforeIt) {
  const TextProcessor text = encoder("cls");
  const Ids before = text.tokenizer.encode("a question", false);
  const TokenizedText pair = tokenize_text(text, kPair, "a question", "Paris.");
  EXPECT_EQ(pair.second_text, std::ssize(before) + 2);  // [CLS] and [SEP]
  EXPECT_EQ(pair.answer, pair.second_text);
  EXPECT_EQ(encoder("bare").tokenizer.pair_template()->type_1_from, 0u);
  EXPECT_EQ(encoder("angles").tokenizer.pair_template()->type_1_from, std::nullopt);
}

// As of RoBERTa and ModernBERT, whose tokens are all of one type.
TEST(PairRule, TheAnswerBeginsBehindTheSeparatorWithoutTypesToo) {
  const TextProcessor text = encoder("angles");
  const TokenizedText pair = tokenize_text(text, kPair, "a question", "Paris.");
  const Ids answer = text.tokenizer.encode("Paris.", false);
  ASSERT_EQ(pair.second_text, -1);
  ASSERT_GT(pair.answer, 0);
  EXPECT_EQ(
      Ids(pair.ids.begin() + pair.answer, pair.ids.begin() + pair.answer + std::ssize(answer)),
      answer);
}

TEST(PairRule, TheLastMessageIsTheAnswerAndThoseBeforeItAreJoined) {
  const TextProcessor text = encoder("angles");
  const Ids ids = tokenize_text(text, kPair, "Be brief.\nWho?\nA cat.\nWhy?", "So.").ids;
  const Conversation turns = {
      {"system", "Be brief."}, {"user", "Who?"}, {"assistant", "A cat."}, {"user", "Why?"}};
  EXPECT_EQ(tokenize_text(text, kPair, turns, "So.").ids, ids);
  Conversation whole = turns;
  whole.push_back({"assistant", "So."});
  EXPECT_EQ(tokenize_text(text, kPair, {}, whole).ids, ids);
  EXPECT_EQ(tokenize_text(text, kPair, Conversation(turns.begin(), turns.begin() + 2),
                          Conversation(whole.begin() + 2, whole.end()))
                .ids,
            ids);
  // A message without content is no line.
  whole.insert(whole.begin() + 1, Message{"user", ""});
  EXPECT_EQ(tokenize_text(text, kPair, {}, whole).ids, ids);
  // A single message is one text.
  EXPECT_EQ(tokenize_text(text, kPair, {}, Conversation{{"assistant", "So."}}).ids,
            text.tokenizer.encode("So.", true));
}

TEST(PairRule, SpecialTextIsCountedInBothTexts) {
  const TextProcessor text = encoder("cls");
  EXPECT_FALSE(tokenize_text(text, kPair, "a", "b").contains_special_text);
  EXPECT_TRUE(tokenize_text(text, kPair, "a [SEP]", "b").contains_special_text);
  EXPECT_TRUE(tokenize_text(text, kPair, "a", "[MASK]").contains_special_text);
}

TEST(PairRule, AnAnswerWithoutATokenIsAnEmptyOne) {
  const TextProcessor text = encoder("cls");
  EXPECT_TRUE(tokenize_text(text, kPair, "a", " \n").empty_answer);
  EXPECT_FALSE(tokenize_text(text, kPair, " ", "b").empty_answer);
}

TEST(PairRule, AnEmptyPromptIsAFirstTextWithoutTokensAndNoPromptIsOneText) {
  for (const auto& [name, between] : {std::pair{"cls", Ids{3}}, {"angles", Ids{2, 2}}}) {
    const TextProcessor text = encoder(name);
    const Ids answer = text.tokenizer.encode("Paris.", false);
    const Ids begin = text.tokenizer.leading_ids(), end = text.tokenizer.trailing_ids();
    Ids expected = begin;
    for (const Ids* const ids : {&between, &answer, &end}) {
      expected.insert(expected.end(), ids->begin(), ids->end());
    }
    EXPECT_EQ(tokenize_text(text, kPair, "", "Paris.").ids, expected);
    EXPECT_EQ(tokenize_text(text, kPair, {}, "Paris.").ids, text.tokenizer.encode("Paris.", true));
  }
}

TEST(PairRule, WhatItCannotJoinIsAnError) {
  const TextProcessor text = encoder("cls");
  const auto refusal = [](const TextProcessor& of, const std::optional<Text>& prompt,
                          const Text& response) {
    return message_of([&] { tokenize_text(of, kPair, prompt, response); }, ErrorKind::data);
  };
  EXPECT_THAT(refusal(text, "a", Conversation{{"assistant", "b"}}),
              HasSubstr("found a string as prompt and a list of messages as response"));
  EXPECT_THAT(refusal(text, {}, Conversation{}), HasSubstr("found an empty list as response"));
  EXPECT_THAT(refusal(text, "a", "\xff"), HasSubstr("not UTF-8"));
  Json json = Json::parse(read_file(folder_of("cls") / "tokenizer.json"));
  const auto with_pair = [&](const Json& pieces) {
    json["post_processor"]["pair"] = pieces;
    return Tokenizer(json.dump(), "here").pair_template();
  };
  const auto piece = [](const char* kind, const char* id, int type) {
    return Json{{kind, {{"id", id}, {"type_id", type}}}};
  };
  const Json a = piece("Sequence", "A", 0), b = piece("Sequence", "B", 1),
             separator = piece("SpecialToken", "[SEP]", 0);
  EXPECT_TRUE(with_pair(Json::array({a, separator, b})));
  EXPECT_FALSE(with_pair(Json::array({b, separator, a})));
  EXPECT_FALSE(with_pair(Json::array({piece("Sequence", "A", 1), b})));
  EXPECT_FALSE(with_pair(Json::array({a, piece("Sequence", "B", 2)})));
  EXPECT_FALSE(
      with_pair(Json::array({a, piece("Sequence", "B", 0), piece("SpecialToken", "[SEP]", 1)})));
  TextProcessor turned = encoder("cls");
  json["post_processor"]["pair"] = Json::array({b, separator, a});
  turned.tokenizer = Tokenizer(json.dump(), "here");
  EXPECT_THAT(refusal(turned, "a", "b"),
              HasSubstr("the text rule is pair, but the post_processor of tokenizer.json"));
}

std::string repeat(const std::string& unit, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += unit;
  return text;
}

TEST(PairTruncation, CutsThePromptFromTheLeftAndKeepsTheSpecialTokens) {
  const TextProcessor text = encoder("cls");
  const GroupText group{.prompt = repeat("what is the answer ", 20),
                        .responses = {"Paris.", "yes"}};
  const auto fitted = tokenize_group(text, kPair, group, {16, Truncation::prompt_left});
  ASSERT_TRUE(fitted);
  const int64_t count = fitted->at(0).truncated_code_points;
  EXPECT_GT(count, 0);
  const std::string rest = std::get<std::string>(*group.prompt).substr(static_cast<size_t>(count));
  for (size_t i = 0; i < 2; ++i) {
    const TokenizedText whole = tokenize_text(text, kPair, rest, group.responses[i]);
    EXPECT_EQ(fitted->at(i).ids, whole.ids);
    EXPECT_EQ(fitted->at(i).second_text, whole.second_text);
    EXPECT_LE(whole.ids.size(), 16u);
  }
  // One code point less is too much.
  const std::string more =
      std::get<std::string>(*group.prompt).substr(static_cast<size_t>(count) - 1);
  EXPECT_GT(tokenize_text(text, kPair, more, "Paris.").ids.size(), 16u);
}

TEST(PairTruncation, AllOfThePromptCanGoAndThePairStays) {
  const TextProcessor text = encoder("cls");
  const Ids answer = text.tokenizer.encode("the answer", false);
  const GroupText group{.prompt = "question", .responses = {"the answer"}};
  const auto length = std::ssize(answer) + 3;
  const auto fitted = tokenize_group(text, kPair, group, {length, Truncation::prompt_left});
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->at(0).ids, tokenize_text(text, kPair, "", "the answer").ids);
  EXPECT_EQ(fitted->at(0).second_text, 2);
  EXPECT_FALSE(tokenize_group(text, kPair, group, {length - 1, Truncation::prompt_left}));
}

TEST(PairTruncation, CutsEachAnswerFromTheRightAndNeverThePrompt) {
  const TextProcessor text = encoder("angles");
  const GroupText group{.prompt = repeat("why ", 3), .responses = {"no", repeat("step by ", 30)}};
  const auto fitted = tokenize_group(text, kPair, group, {24, Truncation::response_right});
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->at(0).ids, tokenize_text(text, kPair, group.prompt, "no").ids);
  const Ids& ids = fitted->at(1).ids;
  const Ids prompt = text.tokenizer.encode(std::get<std::string>(*group.prompt), false);
  ASSERT_LE(ids.size(), 24u);
  EXPECT_TRUE(std::equal(prompt.begin(), prompt.end(), ids.begin() + 1));
  EXPECT_EQ(ids.back(), text.eos->id);
  EXPECT_FALSE(
      tokenize_group(text, kPair, group, {std::ssize(prompt) + 4, Truncation::response_right}));
  EXPECT_FALSE(tokenize_group(text, kPair, group, {24}));
}

TEST(PairTruncation, NeverTouchesASystemMessage) {
  const TextProcessor text = encoder("angles");
  const Conversation prompt = {{"system", "Keep."}, {"user", repeat("old ", 30)}};
  const GroupText group{.prompt = prompt, .responses = {"a"}};
  const Conversation emptied = {{"system", "Keep."}};
  const Ids wanted = tokenize_text(text, kPair, emptied, "a").ids;
  const auto fitted =
      tokenize_group(text, kPair, group, {std::ssize(wanted), Truncation::prompt_left});
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->at(0).ids, wanted);
}

}  // namespace
}  // namespace laurel::pair_test
