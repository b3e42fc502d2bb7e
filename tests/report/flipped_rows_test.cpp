// Rows that flipped between two models, with their texts, from splits made by hand.
#include "report/flipped_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/option_writer.h"
#include "core/str.h"
#include "eval/synthetic_split.h"

namespace laurel::flipped_rows_test {
namespace {

using testing::ElementsAre;

std::string spelled(std::span<const int32_t> ids) {
  std::string text;
  for (const int32_t id : ids) text += id == 1 ? "word " : str("<", id, ">");
  return text;
}

// The reward is a tenth of the last token, or 5 less that.
std::vector<ComparedModel> models_of(const Split& split) {
  const EvaluationTask task{
      .source = "ukp", .split = split, .pooling = {}, .packing = {.tokens_per_micro_batch = 10}};
  const auto turned = [](const TokenBatch& batch) { return 5 - tenth_of_last_token(batch); };
  return {compared_model("a", split.groups, outcomes_of(tenth_of_last_token, task)),
          compared_model("b", split.groups, outcomes_of(turned, task))};
}

// Of equal margins the first row comes first; the tie has not flipped.
TEST(FlippedRows, OfPairsHaveBothAnswersAndBothRewards) {
  Split split = empty_split();
  add_pair(split, 30, 25);
  add_pair(split, 10, 40);
  add_pair(split, 20, 20);
  const auto rows = flipped_rows(split, models_of(split), false, 20, spelled);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].where, "held_out.jsonl:2");
  EXPECT_EQ(rows[0].model, "b");
  EXPECT_EQ(rows[0].change, RowChange::gained);
  EXPECT_LT(rows[0].margins[0], 0);
  EXPECT_EQ(rows[0].margins[1], -rows[0].margins[0]);
  EXPECT_EQ(rows[0].prompt, "word word word ");
  ASSERT_EQ(rows[0].answers.size(), 2u);
  EXPECT_EQ(rows[0].answers[0].label, "better, reward 1.0000 and 4.0000");
  EXPECT_EQ(rows[0].answers[0].text, "<10>");
  EXPECT_EQ(rows[0].answers[1].label, "worse, reward 4.0000 and 1.0000");
  EXPECT_EQ(rows[1].change, RowChange::lost);
  EXPECT_EQ(flipped_rows(split, models_of(split), false, 1, spelled).size(), 1u);
}

// Both answers are "<25><N>", of eight characters.
TEST(FlippedRows, ShowWhatBothAnswersBeginWithAsAPartOfThem) {
  Split split = empty_split();
  Group pair{.responses = {response(30, 4), response(40, 4)},
             .label = Preferences{{.better = 0, .worse = 1}},
             .prompt_hash = 1};
  for (Response& of : pair.responses) of.ids[of.ids.size() - 2] = 25;
  add(split, pair, {{.answer_length = 8, .hash = 1}, {.answer_length = 8, .hash = 2}});
  const auto rows = flipped_rows(split, models_of(split), false, 20, spelled);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].prompt, "word word ");
  EXPECT_EQ(rows[0].answers[0].text, "<25><30>");
  EXPECT_EQ(rows[0].answers[1].text, "<25><40>");
}

TEST(FlippedRows, AreJsonWithTheirFields) {
  Split split = empty_split();
  add_pair(split, 30, 25);
  const Json json = options_to_json(flipped_rows(split, models_of(split), false, 20, {}).at(0));
  EXPECT_EQ(json["change"], "lost");
  EXPECT_EQ(json["where"], "held_out.jsonl:1");
  EXPECT_EQ(json["prompt"], "") << "without a tokenizer there are no texts";
  EXPECT_EQ(json["answers"][0]["label"], "better, reward 3.0000 and 2.0000");
}

TEST(FlippedRows, OfListsAreTheTwoAnswersOfEachPair) {
  Split split = empty_split();
  add(split,
      {.responses = {response(10), response(20), response(40)},
       .label = Ranking{.rank = {1, -1, 2}, .score = {1, 0, 0}},
       .prompt_hash = 1},
      {{.answer_length = 1, .hash = 1},
       {.answer_length = 1, .hash = 2},
       {.answer_length = 1, .hash = 3}});
  const auto rows = flipped_rows(split, models_of(split), false, 20, spelled);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].answers[0].label, "rank 1, reward 1.0000 and 4.0000");
  EXPECT_EQ(rows[0].answers[1].label, "rank 2, reward 4.0000 and 1.0000");
  EXPECT_EQ(rows[0].answers[1].text, "<40>") << "the unranked answer is left out";
}

TEST(FlippedRows, OfLabelsAreTheAnswer) {
  Split split = empty_split();
  add_rating(split, 40, 1);
  add_rating(split, 48, 0);
  const auto rows = flipped_rows(split, models_of(split), true, 20, spelled);
  ASSERT_EQ(rows.size(), 1u) << "4.8 and 0.2 are on two sides of 1/2, 4 and 1 are not";
  EXPECT_EQ(rows[0].where, "held_out.jsonl:2");
  EXPECT_EQ(rows[0].change, RowChange::gained);
  EXPECT_EQ(rows[0].answers[0].label, "label 0, prediction 4.8000 and 0.2000");
}

}  // namespace
}  // namespace laurel::flipped_rows_test
