// Token ids, positions, hashes and lengths of examples, by a tokenizer that can be worked by hand.
#include "data/sources/encode_example.h"

#include <gmock/gmock.h>

#include "core/str.h"
#include "data/sources/response_stats.h"
#include "data/tiny.h"

namespace laurel::example_test {
namespace {

using test::error_of;
using test::tiny_folder;
using testing::ElementsAre;
using testing::HasSubstr;

Example example_of(const std::string& row, Format format = PairwiseFormat{}) {
  return parse_row(Json::parse(row), {.format = format, .fields = {}}, "a:1");
}

EncodedExample encoded(const Example& example, TextRule rule, LengthOptions length = {100},
                       Pooling pooling = {}) {
  return encode_example(
      example, {.folder = tiny_folder(), .rules = {rule}, .pooling = pooling, .length = length},
      "a:1");
}

EncodedExample encoded_trimmed(const Example& example, LengthOptions length = {100}) {
  return encode_example(example,
                        {.folder = test::tiny_folder_that_trims(),
                         .rules = {TextRule::chat},
                         .pooling = {},
                         .length = length},
                        "a:1");
}

constexpr const char* kStrings = R"({"prompt": "w0 w1", "chosen": " w2", "rejected": " w3 w4"})";
constexpr const char* kImplicit = R"({
    "chosen": [{"role": "user", "content": "w0 w1"}, {"role": "assistant", "content": "w2"}],
    "rejected": [{"role": "user", "content": "w0 w1"},
                 {"role": "assistant", "content": "w3 w4"}]})";
constexpr const char* kExplicit = R"({
    "prompt": [{"role": "user", "content": "w0 w1"}],
    "chosen": [{"role": "assistant", "content": "w2"}],
    "rejected": [{"role": "assistant", "content": "w3 w4"}]})";

TEST(EncodeExample, GivesTheSameTokensInEveryForm) {
  const EncodedExample strings = encoded(example_of(kStrings), TextRule::plain);
  EXPECT_THAT(strings.group->responses[0].ids, ElementsAre(10, 11, 12, 1));
  EXPECT_THAT(strings.group->responses[1].ids, ElementsAre(10, 11, 13, 14, 1));
  EXPECT_EQ(strings.group->responses[1].positions[0].begin, 4);
  EXPECT_EQ(strings.group->responses[1].positions[0].end, 5);
  for (const char* row : {kImplicit, kExplicit}) {
    const EncodedExample chat = encoded(example_of(row), TextRule::chat);
    EXPECT_THAT(chat.group->responses[0].ids, ElementsAre(3, 10, 11, 5, 4, 12, 5));
    EXPECT_THAT(chat.group->responses[1].ids, ElementsAre(3, 10, 11, 5, 4, 13, 14, 5));
  }
}

TEST(EncodeExample, GivesAGroupWithoutLabelWeightZero) {
  Example example = example_of(kStrings);
  example.label.reset();
  const auto scores = std::get<Ratings>(encoded(example, TextRule::plain).group->label);
  EXPECT_THAT(scores.weight, ElementsAre(0, 0));
  EXPECT_THAT(scores.score, ElementsAre(0, 0));
}

TEST(EncodeExample, SaysHowLongAGroupIsThatDoesNotFit) {
  const EncodedExample over = encoded(example_of(kStrings), TextRule::plain, {4});
  EXPECT_FALSE(over.group);
  EXPECT_EQ(over.over_length, "found 5 tokens, expected at most 4 (model.max_length)");
  EXPECT_EQ(over.stats.size(), 2u);
  EXPECT_TRUE(encoded(example_of(kStrings), TextRule::plain, {5}).group);
  const LengthOptions cut{.max_length = 1, .over_length = OverLength::truncate_response_right};
  EXPECT_EQ(encoded(example_of(kStrings), TextRule::plain, cut).over_length,
            "found 5 tokens, which no cut brings to 1 (model.max_length)");
}

TEST(EncodeExample, TokenisesNoTextThatIsTooLongForAnyTokens) {
  Example example = example_of(kStrings);
  example.responses[1] = std::string(size_t{100} * 256 - 5, 'x');
  EXPECT_TRUE(encoded(example, TextRule::plain).group);
  example.responses[1] = std::string(size_t{48} << 20, 'x');
  const EncodedExample over = encoded(example, TextRule::plain);
  EXPECT_FALSE(over.group);
  EXPECT_EQ(over.over_length,
            "found 50331653 bytes of text, more than 100 tokens (model.max_length) can be");
}

TEST(EncodeExample, TruncatesContentsAndSaysSo) {
  const LengthOptions left{.max_length = 7, .over_length = OverLength::truncate_prompt_left};
  const EncodedExample prompt = encoded(example_of(kImplicit), TextRule::chat, left);
  ASSERT_TRUE(prompt.group);
  EXPECT_TRUE(prompt.truncated);
  EXPECT_THAT(prompt.group->responses[1].ids, ElementsAre(3, 11, 5, 4, 13, 14, 5));
  const LengthOptions right{.max_length = 7, .over_length = OverLength::truncate_response_right};
  const EncodedExample response = encoded(example_of(kImplicit), TextRule::chat, right);
  EXPECT_THAT(response.group->responses[1].ids, ElementsAre(3, 10, 11, 5, 4, 13, 5));
  EXPECT_FALSE(encoded(example_of(kImplicit), TextRule::chat).truncated);
}

TEST(EncodeExample, CountsTextThatSpellsASpecialToken) {
  const Example example =
      example_of(R"({"prompt": "w0", "chosen": "w1 <user>", "rejected": "w2"})");
  EXPECT_TRUE(encoded(example, TextRule::chat).special_text);
  EXPECT_FALSE(encoded(example_of(kStrings), TextRule::chat).special_text);
}

TEST(EncodeExample, SaysWhereTheTextRuleDoesNotApply) {
  const auto message = [](const char* row, TextRule rule) {
    return error_of(ErrorKind::data, [&] { encoded(example_of(row), rule); });
  };
  EXPECT_THAT(message(kImplicit, TextRule::plain), HasSubstr("a:1: "));
  EXPECT_THAT(message(R"({"chosen": "w1", "rejected": "w2"})", TextRule::chat), HasSubstr("a:1: "));
}

TEST(EncodeExample, RefusesTextWithoutAnyToken) {
  const EncodeContext context{.folder = test::tiny_folder_without_template(),
                              .rules = {TextRule::plain},
                              .pooling = {},
                              .length = {.max_length = 100}};
  const Example example = example_of(R"({"chosen": "w1", "rejected": " "})");
  EXPECT_EQ(error_of(ErrorKind::data, [&] { encode_example(example, context, "a:1"); }),
            "a:1: found a text without any token");
}

// What a template leaves of an answer decides whether it is empty; scoring takes it as it is.
TEST(EncodeExample, RefusesLabelledAnswersThatTheTemplateLeavesEmpty) {
  const auto trimming = [](const std::string& content) {
    return R"({"prompt": "w0", "chosen": "w1", "rejected": ")" + content + R"("})";
  };
  for (const std::string space : {"  ", "\\n", "\u3000\u3000", "\u00A0", "\u0085"}) {
    EXPECT_EQ(
        error_of(ErrorKind::data, [&] { encoded_trimmed(example_of(trimming(space))); }),
        "a:1: found \"rejected\" empty once the chat template has rendered it (templates trim "
        "white space), expected an answer");
    Example scored = example_of(trimming(space));
    scored.label.reset();
    EXPECT_TRUE(encoded_trimmed(scored).group);
  }
  EXPECT_TRUE(encoded_trimmed(example_of(trimming("\u3000w2\u3000"))).group);
  EXPECT_TRUE(encoded_trimmed(example_of(trimming("\u200B"))).group);  // no white space in Unicode
  EXPECT_TRUE(encoded(example_of(trimming("  ")), TextRule::plain).group);
}

TEST(EncodeExample, CutsNoAnswerToWhatTheTemplateTrims) {
  const LengthOptions right{.max_length = 7, .over_length = OverLength::truncate_response_right};
  const Example row =
      example_of(R"({"prompt": "w0", "response": "\u3000\u3000w1 w2 w3 w4 w5 w6", "score": 100})",
                 PointwiseFormat{});
  const EncodedExample cut = encoded_trimmed(row, right);
  ASSERT_TRUE(cut.group);
  EXPECT_THAT(cut.group->responses[0].ids, ElementsAre(3, 10, 5, 4, 11, 12, 5));
  const EncodedExample over = encoded_trimmed(row, {5, OverLength::truncate_response_right});
  EXPECT_FALSE(over.group);
  EXPECT_EQ(over.over_length, "found 11 tokens, which no cut brings to 5 (model.max_length)");
}

TEST(PoolRangeOf, IsTheLastTokenOrTheLastThatIsNotPad) {
  const Pooling last{.rule = PoolingRule::last, .pad_id = 2};
  const Pooling not_pad{.rule = PoolingRule::last_not_pad, .pad_id = 2};
  EXPECT_EQ(pool_range_of({5, 2, 2}, last).begin, 2);
  EXPECT_EQ(pool_range_of({5, 2, 6, 2, 2}, not_pad).begin, 2);
  EXPECT_EQ(pool_range_of({5, 2, 6}, not_pad).begin, 2);
  EXPECT_EQ(pool_range_of({2, 2}, not_pad).begin, 0);
  EXPECT_EQ(pool_range_of({2, 2}, not_pad).end, 1);
}

TEST(PoolRangeOf, IsTheFirstTokenOrAllOfAnEncodersText) {
  const PoolRange first = pool_range_of({5, 2, 6}, {.rule = PoolingRule::first, .causal = false});
  EXPECT_EQ(first.begin, 0);
  EXPECT_EQ(first.end, 1);
  const PoolRange mean = pool_range_of({5, 2, 6}, {.rule = PoolingRule::mean, .causal = false});
  EXPECT_EQ(mean.begin, 0);
  EXPECT_EQ(mean.end, 3);
}

TEST(HasIdenticalResponses, ComparesWhatIsComputed) {
  Group group = test::pair_of({1, 2, 3}, {1, 2, 3});
  EXPECT_TRUE(has_identical_responses(group, {}));
  group.responses[1].ids = {1, 2, 4};
  EXPECT_FALSE(has_identical_responses(group, {}));
  group.responses[0].positions =
      group.responses[1].positions = {{1, 2}};  // both read before they differ
  EXPECT_TRUE(has_identical_responses(group, {}));
  group.responses[0].positions = group.responses[1].positions = {{0, 1}};  // but all is computed
  EXPECT_FALSE(has_identical_responses(group, {.rule = PoolingRule::first, .causal = false}));
  EXPECT_FALSE(has_identical_responses(test::rating_of({1}, 1), {}));
}

TEST(PromptHash, IsThatOfThePromptHoweverItIsGiven) {
  const uint64_t strings = prompt_hash(example_of(kStrings));
  EXPECT_EQ(strings, prompt_hash(example_of(kImplicit)));
  EXPECT_EQ(strings, prompt_hash(example_of(kExplicit)));
  const Example other = example_of(R"({"prompt": "w0", "chosen": "a", "rejected": "b"})");
  EXPECT_NE(strings, prompt_hash(other));
}

TEST(PromptHash, IsThatOfTheAnswersWhereNoPromptIsKnown) {
  const auto hash = [](const std::string& row) { return prompt_hash(example_of(row)); };
  const uint64_t ab = hash(R"({"chosen": "a", "rejected": "b"})");
  EXPECT_EQ(ab, hash(R"({"chosen": "b", "rejected": "a"})"));
  EXPECT_EQ(ab, hash(R"({"prompt": "", "chosen": "b", "rejected": "a"})"));
  EXPECT_NE(ab, hash(R"({"chosen": "a", "rejected": "c"})"));
}

// The rows of one question, wherever it stands: else held-out rows would have their twins in train.
TEST(PromptHash, IsThatOfWhatStringsBeginWith) {
  const auto hash = [](const std::string& row) { return prompt_hash(example_of(row)); };
  const uint64_t marked = hash(R"({"chosen": "Q\n\nHe is", "rejected": "Q\n\nHe was"})");
  EXPECT_EQ(marked, hash(R"({"chosen": "Q\n\nNo.", "rejected": "Q\n\nWhy?"})"));
  EXPECT_EQ(hash(R"({"chosen": "Q\nAnswer: 4", "rejected": "Q\nAnswer: 5"})"),
            hash(R"({"chosen": "Q\nAnswer: 4 or 5", "rejected": "Q\nAnswer: 4 or 6"})"));
  EXPECT_EQ(marked, hash(R"({"prompt": "Q", "chosen": "x", "rejected": "y"})"));
  EXPECT_EQ(
      hash(
          R"({"chosen": "Q\n\nAssistant: A.\n\nHere: 1", "rejected": "Q\n\nAssistant: A.\n\nHere: 2"})"),
      hash(R"({"chosen": "Q\n\nAssistant: yes", "rejected": "Q\n\nAssistant: no"})"));
  // The question may be among the words behind the line end.
  EXPECT_NE(
      hash(R"({"chosen": "S\nwhat is the time now? a", "rejected": "S\nwhat is the time now? b"})"),
      hash(
          R"({"chosen": "S\nwho is the king of it? a", "rejected": "S\nwho is the king of it? b"})"));
  // A system text before it, as of Llama 2 and Gemma, is no question.
  const std::string system = R"({"chosen": "<<SYS>>\nBe kind.\n<</SYS>>\n\n)";
  EXPECT_NE(
      hash(system + R"(Q [/INST] x", "rejected": "<<SYS>>\nBe kind.\n<</SYS>>\n\nQ [/INST] y"})"),
      hash(system + R"(P [/INST] x", "rejected": "<<SYS>>\nBe kind.\n<</SYS>>\n\nP [/INST] y"})"));
  EXPECT_NE(
      hash(R"({"chosen": "S\n\nQ<end>\n<model>\nx", "rejected": "S\n\nQ<end>\n<model>\ny"})"),
      hash(R"({"chosen": "S\n\nP<end>\n<model>\nx", "rejected": "S\n\nP<end>\n<model>\ny"})"));
  EXPECT_NE(marked, hash(R"({"chosen": "P\n\nHe is", "rejected": "P\n\nHe was"})"));
  EXPECT_NE(hash(R"({"chosen": "Q 4", "rejected": "Q 5"})"),
            hash(R"({"chosen": "Q 6", "rejected": "Q 7"})"));
}

TEST(PromptHash, IsThatOfWhatStandsBeforeTheMarkOfASingleAnswer) {
  const auto hash = [](const std::string& row) {
    return prompt_hash(example_of(row, PointwiseFormat{}));
  };
  const uint64_t first = hash(R"({"response": "\n\nHuman: Q\n\nAssistant: A", "score": 1})");
  EXPECT_EQ(first, hash(R"({"response": "\n\nHuman: Q\n\nAssistant: B", "score": 2})"));
  EXPECT_NE(first, hash(R"({"response": "\n\nHuman: P\n\nAssistant: A", "score": 1})"));
  EXPECT_NE(hash(R"({"response": "Q\nA", "score": 1})"),
            hash(R"({"response": "Q\nB", "score": 1})"));
}

TEST(PromptHash, IsTheSameWithWhiteSpaceAroundContents) {
  const auto hash = [](const std::string& prompt) {
    return prompt_hash(
        example_of(str(R"({"prompt": )", prompt, R"(, "chosen": "a", "rejected": "b"})")));
  };
  EXPECT_EQ(hash(R"("Why? ")"), hash(R"([{"role": "user", "content": "\nWhy?"}])"));
  EXPECT_NE(hash(R"("Why ?")"), hash(R"("Why?")"));
}

TEST(PromptHash, IsTheSameOnEveryMachine) {
  EXPECT_EQ(prompt_hash(example_of(kStrings)), 14219081906837409567u);  // recorded
}

TEST(ResponseStats, MeasureTheAnswerInCodePoints) {
  const auto lengths = [](const std::string& row, Format format = PairwiseFormat{}) {
    std::vector<int64_t> out;
    for (const ResponseStats& fact : response_stats(example_of(row, format), TextRule::plain)) {
      out.push_back(fact.answer_length);
    }
    return out;
  };
  EXPECT_THAT(lengths(R"({"prompt": "p", "chosen": "größe", "rejected": "日本"})"),
              ElementsAre(5, 2));
  EXPECT_THAT(lengths(kImplicit), ElementsAre(2, 5));
  EXPECT_THAT(lengths(kExplicit), ElementsAre(2, 5));
  EXPECT_THAT(lengths(R"({"chosen": "abc", "rejected": "d"})"), ElementsAre(3, 1));
  EXPECT_THAT(lengths(R"({"score": 1, "response": [{"role": "user", "content": "long question"},
                          {"role": "assistant", "content": "no"}]})",
                      PointwiseFormat{}),
              ElementsAre(2));
}

// The model reads what stands before the last message as the first text.
TEST(ResponseStats, MeasureTheLastMessageOfAPairOfTexts) {
  const Example example = example_of(R"({
      "chosen": [{"role": "user", "content": "one"}, {"role": "assistant", "content": "long words"},
                 {"role": "user", "content": "two"}, {"role": "assistant", "content": "a"}],
      "rejected": [{"role": "user", "content": "one"}, {"role": "assistant", "content": "bcd"}]})");
  const auto pair = response_stats(example, TextRule::pair),
             chat = response_stats(example, TextRule::chat);
  EXPECT_EQ(pair[0].answer_length, 1);
  EXPECT_EQ(pair[1].answer_length, 3);
  EXPECT_EQ(chat[0].answer_length, 14);
  EXPECT_EQ(chat[1].answer_length, 3);
}

TEST(ResponseStats, HashesAreEqualForEqualAnswersToEqualPrompts) {
  const auto hash = [](const std::string& prompt, const std::string& answer) {
    return response_stats(example_of(R"({"prompt": ")" + prompt + R"(", "chosen": ")" + answer +
                                     R"(", "rejected": "x"})"),
                          TextRule::plain)[0]
        .hash;
  };
  EXPECT_EQ(hash("p", "a"), hash("p", "a"));
  EXPECT_NE(hash("p", "a"), hash("p", "b"));
  EXPECT_NE(hash("p", "a"), hash("q", "a"));
}

}  // namespace
}  // namespace laurel::example_test
