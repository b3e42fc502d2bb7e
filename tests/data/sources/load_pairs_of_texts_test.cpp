// Prompt and answer as a pair of texts: which rows of which models are read so, and what is said.
#include <gmock/gmock.h>

#include "core/str.h"
#include "data/records/format.h"
#include "data/sources/encode_example.h"
#include "data/sources/load.h"
#include "data/tiny.h"

namespace laurel::load_pairs_of_texts_test {
namespace {

using test::error_of;
using test::list_row;
using test::pair_row;
using test::pairs_from;
using test::ratings_from;
using test::write_data;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr Pooling kEncoder{.rule = PoolingRule::first, .causal = false, .token_types = 2};

// Of a model that reads texts in `rule` where nothing else is said.
LoadContext context_of(const TextProcessor& folder) {
  LoadContext context{
      .folder = folder, .pooling = kEncoder, .length = {.max_length = 100}, .data = {}};
  context.strings = encoder_rule(folder, kEncoder).value();
  return context;
}

LoadContext without_template() { return context_of(test::tiny_folder_without_template()); }

TEST(LoadPairsOfTexts, AnEncoderWithoutATemplateReadsStringsAsPairs) {
  const SourceData data =
      load_source(pairs_from({write_data("a.jsonl", pair_row(1, 2, 3))}), 0, without_template());
  EXPECT_EQ(data.rule, TextRule::pair);
  const Group& group = data.train.groups.at(0);
  EXPECT_THAT(group.responses[0].ids, ElementsAre(11, 12));
  EXPECT_EQ(group.responses[1].positions[0].begin, 0);
  EXPECT_EQ(group.responses[1].positions[0].end, 1);
  EXPECT_THAT(data.notes,
              ElementsAre("source ukp: rows are strings, so their text rule is pair (prompt and "
                          "answer as the tokenizer's pair of texts)"));
  EXPECT_EQ(rule_of_strings(std::vector{data}), TextRule::pair);
}

TEST(LoadPairsOfTexts, MessagesAndStringsOfOneSourceArePairsAlike) {
  const std::string path = write_data("a.jsonl", R"({"prompt": "w1", "response": "w2", "score": 1})"
                                                 "\n" +
                                                     list_row("w1", "w2", 4));
  const SourceData data = load_source(ratings_from(path), 0, without_template());
  EXPECT_EQ(data.train.groups[0].responses[0].ids, data.train.groups[1].responses[0].ids);
  EXPECT_EQ(data.train.groups[0].prompt_hash, data.train.groups[1].prompt_hash);
}

TEST(LoadPairsOfTexts, SaysHowTurnsAreJoinedAndWhatIsLeftOut) {
  const std::string turns =
      R"({"score": 1, "response": [{"role": "user", "content": "w1"}, )"
      R"({"role": "assistant", "content": "w2", "tool_calls": []}, )"
      R"({"role": "user", "content": "w3"}, {"role": "assistant", "content": "w4"}]})"
      "\n";
  const std::string path = write_data("a.jsonl", list_row("w1", "w2", 4) + turns);
  const SourceData data = load_source(ratings_from(path), 0, without_template());
  EXPECT_THAT(data.train.groups[1].responses[0].ids, ElementsAre(11, 12, 13, 14));
  EXPECT_THAT(
      data.notes,
      Contains("source ukp: 1 row with several messages before the answer, the first: " + path +
               ":2; their contents are joined by line ends, without their roles (text: "
               "pair)"));
  EXPECT_THAT(data.warnings,
              ElementsAre("source ukp: 1 row with messages that have more fields than role and "
                          "content, which a pair of texts leaves out (text: pair), the first: " +
                          path + ":2"));
}

TEST(LoadPairsOfTexts, AnEncoderWithATemplateIsChatUnlessItIsToldPair) {
  const std::string path = write_data("a.jsonl", pair_row(1, 2, 3));
  const LoadContext context = context_of(test::tiny_folder());
  const SourceData chat = load_source(pairs_from({path}), 0, context);
  EXPECT_EQ(chat.rule, TextRule::chat);
  EXPECT_THAT(chat.train.groups[0].responses[0].ids, ElementsAre(3, 11, 5, 4, 12, 5));
  SourceOptions told = pairs_from({path});
  told.text = TextChoice::pair;
  const SourceData pair = load_source(told, 0, context);
  EXPECT_EQ(pair.rule, TextRule::pair);
  EXPECT_THAT(pair.train.groups[0].responses[0].ids, ElementsAre(11, 12));
}

TEST(LoadPairsOfTexts, WhatAModelCannotFollowIsRefusedBeforeARowIsRead) {
  SourceOptions told = pairs_from({"/nowhere.jsonl"});
  told.text = TextChoice::pair;
  EXPECT_EQ(error_of(ErrorKind::usage, [&] { load_source(told, 0, test::context_of()); }),
            "source ukp: text: found \"pair\", but the model is no encoder: it reads prompt and "
            "answer as one text; set it to \"chat\" for the model's chat template, or to "
            "\"plain\"");
  told.text = TextChoice::chat;
  EXPECT_EQ(
      error_of(ErrorKind::usage, [&] { load_source(told, 0, without_template()); }),
      "source ukp: text: found \"chat\", but the model's folder has no chat template; set it to "
      "\"pair\", also beside a shape: prompt and answer, strings or messages, as the tokenizer's "
      "pair of texts");
}

TEST(LoadPairsOfTexts, AnAnswerWithoutATokenIsRefusedWithItsLine) {
  const std::string path =
      write_data("a.jsonl", R"({"prompt": "w1", "response": "\u2009", "score": 1})"
                            "\n");
  EXPECT_EQ(
      error_of(ErrorKind::data, [&] { load_source(ratings_from(path), 0, without_template()); }),
      path + ":1: found \"response\" without any token, expected an answer");
}

// It would get the reward of an empty answer, whatever it calls; an empty answer may be scored.
TEST(LoadPairsOfTexts, AnAnswerThatOnlyCallsToolsIsRefusedWithoutALabelToo) {
  const TextProcessor& folder = test::tiny_folder_without_template();
  const EncodeContext context{.folder = folder,
                              .rules = {TextRule::pair, SpecialText::transformers},
                              .pooling = kEncoder,
                              .length = {.max_length = 100}};
  const auto encoded = [&](const char* message) {
    const Json row = Json::parse(
        str(R"({"prompt": [{"role": "user", "content": "w1"}], "response": [)", message, "]}"));
    const RowSchema schema{.format = PointwiseFormat{}, .labelled = false};
    return encode_example(parse_row(row, schema, "a:1"), context, "a:1");
  };
  EXPECT_THAT(
      error_of(ErrorKind::data,
               [&] {
                 encoded(R"({"role": "assistant", "content": null, "tool_calls": [{"type":
                     "function", "function": {"name": "f", "arguments": {}}}]})");
               }),
      HasSubstr("a:1: found \"response\" with nothing but tool_calls, which a pair of texts "
                "leaves out, expected an answer that the model reads"));
  EXPECT_TRUE(encoded(R"({"role": "assistant", "content": ""})").group.has_value());
}

TEST(LoadPairsOfTexts, AllTextsOfAnEncoderFollowOneRule) {
  SourceData pairs{.options = {}}, lists{.options = {}};
  pairs.options.name = "a";
  lists.options.name = "b";
  pairs.rule = TextRule::pair;
  lists.rule = TextRule::chat;
  EXPECT_EQ(error_of(ErrorKind::usage,
                     [&] {
                       rule_of_strings(std::vector{lists, pairs});
                     }),
            "sources: found texts under two text rules, b (chat) and a (pair), expected one rule "
            "for all texts of an encoder");
}

}  // namespace
}  // namespace laurel::load_pairs_of_texts_test
