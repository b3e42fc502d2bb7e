// What pictures need of outcomes, from splits made by hand.
#include "report/eval_rows.h"

#include <gmock/gmock.h>

#include "../checkpoint/tiny.h"
#include "core/files.h"
#include "core/str.h"
#include "eval/synthetic_split.h"

namespace laurel::eval_rows_test {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;

// A token is spelled "<ID>"; 1 as a word of the prompt.
std::string spelled(std::span<const int32_t> ids) {
  std::string text;
  for (const int32_t id : ids) text += id == 1 ? "word " : str("<", id, ">");
  return text;
}

// As evaluate() shows them, with rewards of a tenth of the last token.
std::vector<EvaluatedRows> rows_of(const Split& split, const TextOf& text_of = spelled) {
  std::vector<EvaluatedRows> rows;
  const std::vector<std::string> attributes;
  EvaluationTask task{
      .source = "ukp", .split = split, .pooling = {}, .packing = {.tokens_per_micro_batch = 10}};
  task.observe = [&](const SplitOutcomes& outcomes) {
    rows = evaluated_rows({"ukp", attributes, split, outcomes}, text_of);
  };
  evaluate(tenth_of_last_token, task);
  return rows;
}

// Response 1 is the better one; responses are three and four words long, or more.
TEST(EvaluatedRows, OfPairsAreBetterAndWorseAnswers) {
  Split split = empty_split();
  add_pair(split, 30, 10);  // right
  add_pair(split, 10, 35);  // wrong by 2.5
  add_pair(split, 20, 25);  // wrong by 0.5
  const std::vector<EvaluatedRows> all = rows_of(split);
  ASSERT_EQ(all.size(), 1u);
  const EvaluatedRows& rows = all[0];
  EXPECT_EQ(rows.kind, OutcomeKind::pairs);
  EXPECT_EQ(rows.n, 3);
  EXPECT_EQ(rows.classes[0].name, "better");
  EXPECT_THAT(rows.classes[0].reward, ElementsAre(3, 1, 2));
  EXPECT_THAT(rows.classes[1].reward, ElementsAre(1, 3.5, 2.5));
  EXPECT_THAT(rows.classes[0].length, ElementsAre(20, 20, 20));
  ASSERT_EQ(rows.reliability.size(), 1u);
  EXPECT_NEAR(rows.reliability[0].agreement, 1.0 / 3, 1e-12);
  // sigmoid of 2, 2.5 and 0.5
  EXPECT_NEAR(rows.reliability[0].confidence, (0.880797 + 0.924142 + 0.622459) / 3, 1e-6);
}

TEST(EvaluatedRows, HaveTheMostConfidentlyWrongRowsFirst) {
  Split split = empty_split();
  add_pair(split, 20, 25);
  add_pair(split, 10, 35);
  add_pair(split, 30, 10);
  const EvaluatedRows rows = rows_of(split)[0];
  ASSERT_EQ(rows.wrong.size(), 2u);
  EXPECT_EQ(rows.wrong[0].where, "held_out.jsonl:2");
  EXPECT_DOUBLE_EQ(rows.wrong[0].error, 2.5);
  EXPECT_EQ(rows.wrong[0].prompt, "word word word ");
  ASSERT_EQ(rows.wrong[0].answers.size(), 2u);
  EXPECT_EQ(rows.wrong[0].answers[0].label, "better, reward 1.0000, 20 characters");
  EXPECT_EQ(rows.wrong[0].answers[0].text, "<10>");
  EXPECT_EQ(rows.wrong[0].answers[1].label, "worse, reward 3.5000, 10 characters");
  EXPECT_EQ(rows.wrong[0].answers[1].text, "<35>");
  EXPECT_EQ(rows.wrong[1].where, "held_out.jsonl:1");
}

// The answers begin with the same word, which is theirs.
TEST(EvaluatedRows, OfPairsOfTextsArePartedWhereTheSecondTextBegins) {
  Split split = empty_split();
  Response worse = response(35, 4), better = response(10, 4);
  worse.answer = better.answer = 2;
  add(split, {.responses = {worse, better}, .label = Preferences{{.better = 1, .worse = 0}}},
      {{.answer_length = 10, .hash = 1}, {.answer_length = 20, .hash = 2}});
  const EvaluatedRows rows = rows_of(split)[0];
  ASSERT_EQ(rows.wrong.size(), 1u);
  EXPECT_EQ(rows.wrong[0].prompt, "word word ");
  EXPECT_EQ(rows.wrong[0].answers[0].text, "word <10>");
  EXPECT_EQ(rows.wrong[0].answers[1].text, "word <35>");
}

TEST(EvaluatedRows, ATieHasNoBetterAnswerButAConfidence) {
  Split split = empty_split();
  add_pair(split, 30, 10);
  set_label(split, 0, Preferences{{.better = 1, .worse = 0, .target = 0, .tie = 1}});
  const EvaluatedRows rows = rows_of(split)[0];
  EXPECT_TRUE(rows.classes[0].reward.empty());
  EXPECT_TRUE(rows.wrong.empty());
  ASSERT_EQ(rows.reliability.size(), 1u);
  EXPECT_DOUBLE_EQ(rows.reliability[0].agreement, 0.5);
}

TEST(EvaluatedRows, OfLabelsComparePredictionsWithThem) {
  Split split = empty_split();
  add_rating(split, 9, 1);  // 0.9 of a 1
  add_rating(split, 8, 0);  // 0.8 of a 0: wrong
  add_rating(split, 6, 0);  // 0.6 of a 0: wrong
  const EvaluatedRows rows = rows_of(split)[0];
  EXPECT_EQ(rows.kind, OutcomeKind::labels);
  EXPECT_EQ(rows.classes[0].name, "label 1");
  EXPECT_THAT(rows.classes[0].counts.size(), testing::Gt(0u));
  ASSERT_EQ(rows.reliability.size(), 1u);
  EXPECT_NEAR(rows.reliability[0].confidence, 2.3 / 3, 1e-6);
  EXPECT_NEAR(rows.reliability[0].agreement, 1.0 / 3, 1e-6);
  ASSERT_EQ(rows.wrong.size(), 2u);
  EXPECT_EQ(rows.wrong[0].where, "held_out.jsonl:2");
  EXPECT_NEAR(rows.wrong[0].error, 0.8, 1e-6);
  EXPECT_EQ(rows.wrong[0].prompt, "");
  EXPECT_EQ(rows.wrong[0].answers[0].label, "score 0, prediction 0.8000, 1 character");
}

TEST(EvaluatedRows, OfScoresHaveNoReliability) {
  Split split = empty_split();
  add_rating(split, 10, 1);
  add_rating(split, 10, 4);
  add_rating(split, 10, 5);
  const EvaluatedRows rows = rows_of(split)[0];
  EXPECT_EQ(rows.kind, OutcomeKind::scores);
  EXPECT_TRUE(rows.reliability.empty());
  EXPECT_EQ(rows.classes[0].name, "score above the mean");
  EXPECT_EQ(rows.classes[0].reward.size(), 2u);
  ASSERT_EQ(rows.wrong.size(), 2u);  // the first is right
  EXPECT_DOUBLE_EQ(rows.wrong[0].error, 4);
}

TEST(EvaluatedRows, OfListsShowTheWorstInversion) {
  Split split = empty_split();
  add(split,
      {.responses = {response(40), response(10), response(30), response(20)},
       .label = Ranking{.rank = {-1, 1, 3, 2}, .score = {0, 2, 0, 1}},
       .prompt_hash = 1},
      {{.answer_length = 1, .hash = 1},
       {.answer_length = 2, .hash = 2},
       {.answer_length = 3, .hash = 3},
       {.answer_length = 4, .hash = 4}});
  const EvaluatedRows rows = rows_of(split)[0];
  EXPECT_EQ(rows.kind, OutcomeKind::lists);
  EXPECT_THAT(rows.classes[0].reward, ElementsAre(1));
  EXPECT_THAT(rows.classes[1].reward, ElementsAre(3, 2));
  ASSERT_EQ(rows.wrong.size(), 1u);
  EXPECT_DOUBLE_EQ(rows.wrong[0].error, 2);
  EXPECT_EQ(rows.wrong[0].answers[0].label, "rank 1, reward 1.0000, 2 characters");
  EXPECT_EQ(rows.wrong[0].answers[0].text, "<10>");
  EXPECT_EQ(rows.wrong[0].answers[1].text, "<30>");
}

TEST(EvaluatedRows, ShowTwentyRowsAtMost) {
  Split split = empty_split();
  for (int32_t i = 0; i < 30; ++i) add_pair(split, 10, 20 + i);
  const EvaluatedRows rows = rows_of(split)[0];
  ASSERT_EQ(rows.wrong.size(), 20u);
  EXPECT_NEAR(rows.wrong[0].error, 3.9, 1e-6);
  EXPECT_NEAR(rows.wrong[19].error, 2.0, 1e-6);
}

TEST(EvaluatedRows, CutLongTextsBetweenCharacters) {
  Split split = empty_split();
  add_pair(split, 10, 35);
  const auto long_text = [](std::span<const int32_t> ids) {
    std::string text;
    for (const int32_t id : ids) {
      for (int i = 0; i < 1001; ++i) text += id == 1 ? "\u00e9" : "\u05d0\u05d1";
    }
    return text;
  };
  const EvaluatedRows rows = rows_of(split, long_text)[0];
  EXPECT_THAT(rows.wrong[0].prompt, testing::StartsWith("[2804 bytes before] ... \u00e9"));
  EXPECT_THAT(rows.wrong[0].answers[0].text, testing::EndsWith("\u05d1 ... [2004 more bytes]"));
}

// The line of the template before an answer ends a prompt, though the answers go on alike.
TEST(EvaluatedRows, EndThePromptAtALineWhereAnswersBeginAlike) {
  Split split = empty_split();
  add_pair(split, 30, 10);
  add_pair(split, 10, 35);
  const auto lines = [](std::span<const int32_t> ids) {
    std::string text;
    for (size_t i = 0; i < ids.size(); ++i) {
      text += ids[i] != 1 ? str("<", ids[i], ">") : i == 1 ? "assistant\n" : "word ";
    }
    return text;
  };
  const EvaluatedRows rows = rows_of(split, lines)[0];
  EXPECT_EQ(rows.wrong[0].prompt, "word assistant\n");
  EXPECT_EQ(rows.wrong[0].answers[0].text, "word <10>");
  EXPECT_EQ(rows.wrong[0].answers[1].text, "word <35>");
}

TEST(EvalRows, ComeBackAsTheyWereAndBrokenCharactersAreReplaced) {
  const test::Scratch scratch;
  const auto file = scratch.path / "eval_rows.json";
  EXPECT_EQ(read_eval_rows(file), std::nullopt);
  Split split = empty_split();
  add_pair(split, 10, 35);
  const auto broken = [](std::span<const int32_t>) { return std::string("a\xe2\x82"); };
  write_eval_rows(file, {.step = 7, .sources = rows_of(split, broken)});
  const EvalRows rows = read_eval_rows(file).value();
  EXPECT_EQ(rows.step, 7);
  ASSERT_EQ(rows.sources.size(), 1u);
  EXPECT_EQ(rows.sources[0].wrong[0].prompt, "a\uFFFD");
  EXPECT_THAT(rows.sources[0].classes[1].reward, ElementsAre(3.5));
  write_file(file, "{\"step\": 1}");
  EXPECT_THAT(error_of(ErrorKind::checkpoint, [&] { read_eval_rows(file); }), HasSubstr("sources"));
}

}  // namespace
}  // namespace laurel::eval_rows_test
