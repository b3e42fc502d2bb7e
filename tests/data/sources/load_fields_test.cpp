// Sources whose fields are expressions: what is read, dropped and refused over all rows of a source.
#include <gmock/gmock.h>

#include "data/sources/load.h"
#include "data/tiny.h"

namespace laurel::load_fields_test {
namespace {

using test::context_of;
using test::error_of;
using test::pairs_from;
using test::write_data;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

std::string error_of_loading(const SourceOptions& options, int64_t bad_rows = 0) {
  return error_of(ErrorKind::data,
                  [&] { load_source(options, 0, context_of({.bad_rows = bad_rows})); });
}

SourceOptions ranked_by_hand(const std::string& rows) {
  SourceOptions options = pairs_from({write_data("rows.jsonl", rows)});
  options.rows.map = {{"chosen", "answers[best]"}, {"rejected", "answers[1 - best]"}};
  return options;
}

TEST(LoadFields, MakesTheSameGroupsAsRowsWrittenByHand) {
  const SourceData made =
      load_source(ranked_by_hand("{\"answers\": [\"w1 w2\", \"w3\"], \"best\": 0}\n"
                                 "{\"answers\": [\"w4\", \"w5 w6\"], \"best\": 1}\n"),
                  0, context_of());
  const SourceData written =
      load_source(pairs_from({write_data("written.jsonl",
                                         "{\"chosen\": \"w1 w2\", \"rejected\": \"w3\"}\n"
                                         "{\"chosen\": \"w5 w6\", \"rejected\": \"w4\"}\n")}),
                  0, context_of());
  ASSERT_EQ(made.train.groups.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    for (size_t j = 0; j < 2; ++j) {
      EXPECT_EQ(made.train.groups[i].responses[j].ids, written.train.groups[i].responses[j].ids);
    }
  }
}

TEST(LoadFields, AFilterDropsRowsAndCountsThem) {
  SourceOptions options = ranked_by_hand(
      "{\"answers\": [\"w1\", \"w2\"], \"best\": 0, \"lang\": \"en\"}\n"
      "{\"answers\": null, \"lang\": \"fr\"}\n"
      "{\"answers\": [\"w3\", \"w4\"], \"best\": 0, \"lang\": \"en\"}\n"
      "{\"answers\": [\"w3\", \"w4\"], \"best\": 0}\n");
  options.rows.filter = "lang == 'en'";
  const SourceData data = load_source(options, 0, context_of());
  EXPECT_EQ(data.train.report.used, 2);
  EXPECT_THAT(data.train.report.dropped, ElementsAre(Pair("filter", 2)));
  EXPECT_EQ(summary(data.train.report), "4 rows, 2 used, dropped: 2 filter");
  options.rows.filter = "lang";
  EXPECT_THAT(error_of_loading(options),
              HasSubstr(":1: filter \"lang\": gives a string, expected true or false"));
}

TEST(LoadFields, AKeyThatOtherRowsHaveIsNone) {
  SourceOptions options = ranked_by_hand(
      "{\"answers\": [\"w1\", \"w2\"], \"best\": 0}\n"
      "{\"answers\": [\"w3\", \"w4\"], \"best\": 0, \"question\": \"w5 \"}\n");
  options.rows.map["prompt"] = "question or ''";
  const SourceData data = load_source(options, 0, context_of());
  EXPECT_EQ(data.train.report.used, 2);
}

TEST(LoadFields, AKeyThatNoRowHasIsRefusedWhateverTheBudgetOfBadRows) {
  SourceOptions options = ranked_by_hand(
      "{\"answers\": [\"w1\", \"w2\"], \"best\": 0, \"question\": \"w5\"}\n"
      "{\"answers\": [\"w3\", \"w4\"], \"best\": 0, \"question\": \"w6\"}\n");
  const std::string refused =
      "source ukp: fields.prompt: found \"qestion\", which no row has (did you mean \"question\"?), "
      "expected a field of the rows; null leaves ours out";
  options.rows.map["prompt"] = "qestion";
  EXPECT_EQ(error_of_loading(options, 2), refused);
  options.rows.map["prompt"] = "qestion or ''";
  EXPECT_EQ(error_of_loading(options, 2), refused);
  options.rows.map["prompt"] = "question";
  options.rows.map["margin"] = "marjin";
  EXPECT_THAT(error_of_loading(options, 2), HasSubstr("fields.margin: found \"marjin\""));
}

TEST(LoadFields, ARowWhoseExpressionFailsIsMalformed) {
  SourceOptions options = ranked_by_hand(
      "{\"answers\": [\"w1\", \"w2\"], \"best\": 0}\n"
      "{\"answers\": [\"w3\", \"w4\"], \"best\": 7}\n");
  EXPECT_THAT(error_of_loading(options),
              HasSubstr(":2: fields.chosen \"answers[best]\": is undefined"));
  const SourceData data = load_source(options, 0, context_of({.bad_rows = 1}));
  EXPECT_EQ(data.train.report.used, 1);
  EXPECT_EQ(data.train.report.bad, 1);
  EXPECT_THAT(data.warnings, ElementsAre(HasSubstr("fields.chosen \"answers[best]\"")));
}

TEST(LoadFields, SayWhatIsNotReadUnderItsOwnName) {
  SourceOptions options = ranked_by_hand(
      "{\"answers\": [\"w1\", \"w2\"], \"best\": 0, \"prompt\": \"w3\", \"margin\": 1}\n");
  options.rows.map["chosen"] = "prompt ~ ' ' ~ answers[0]";
  const SourceData data = load_source(options, 0, context_of());
  EXPECT_THAT(data.notes,
              testing::Contains("source ukp: \"prompt\" is read by an expression of fields, so it "
                                "is not read as prompt too; \"prompt\": \"prompt\" would"));
}

}  // namespace
}  // namespace laurel::load_fields_test
