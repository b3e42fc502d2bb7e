// Whole files to splits: what is used, what is not, and what is said of it.
#include "data/sources/load.h"

#include <gmock/gmock.h>

#include "core/str.h"
#include "data/tiny.h"

namespace laurel::load_test {
namespace {

using test::context_of;
using test::error_of;
using test::list_row;
using test::pair_row;
using test::pairs_from;
using test::ratings_from;
using test::write_data;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(LoadSource, ReadsFilesInOrder) {
  const std::string a = write_data("a.jsonl", pair_row(1, 2, 3) + "\n" + pair_row(4, 5, 6));
  const std::string b = write_data("b.jsonl", "\xEF\xBB\xBF" + pair_row(7, 8, 9));
  const SourceData data = load_source(pairs_from({a}, {b}), 3, context_of());
  ASSERT_EQ(data.train.groups.size(), 2u);
  ASSERT_EQ(data.eval.groups.size(), 1u);
  EXPECT_THAT(data.train.groups[1].responses[0].ids, ElementsAre(14, 15, 1));
  EXPECT_EQ(data.train.groups[1].source, 3);
  EXPECT_EQ(data.train.where(data.train.groups[1].id), a + ":3");
  EXPECT_EQ(data.eval.where(data.eval.groups[0].id), b + ":1");
  EXPECT_EQ(data.train.groups.stats(1)[0].answer_length, 3);
  EXPECT_EQ(data.rule, TextRule::plain);
  EXPECT_TRUE(data.has_strings);
  EXPECT_THAT(data.warnings, IsEmpty());
  EXPECT_THAT(data.notes,
              ElementsAre("source ukp: rows are strings, so their text rule is plain; the model "
                          "has a chat template, use it with \"text\": \"chat\""));
}

TEST(LoadSource, ReadsASourceThatIsOnlyEvaluated) {
  const SourceData data =
      load_source(pairs_from({}, {write_data("a.jsonl", pair_row(1, 2, 3))}), 0, context_of());
  EXPECT_THAT(data.train.groups, IsEmpty());
  EXPECT_EQ(data.eval.report.used, 1);
}

TEST(LoadSource, TakesOnlyTheFirstRowsOfEachList) {
  const std::string three = pair_row(1, 2, 3) + pair_row(4, 5, 6) + pair_row(7, 8, 9);
  const std::string a = write_data("a.jsonl", three), b = write_data("b.jsonl", three);
  SourceOptions options = pairs_from({a, b}, {b});
  options.limit = 4;
  const SourceData data = load_source(options, 0, context_of());
  EXPECT_EQ(data.train.report.rows, 4);
  EXPECT_EQ(data.train.where(data.train.groups[3].id), b + ":1");
  EXPECT_EQ(data.eval.report.rows, 3);
}

// Every malformation on a line of its own, between two rows that are well.
std::string malformed_file() {
  return write_data("bad.jsonl", pair_row(1, 2, 3) +                                 //
                                     "{\"chosen\": \"w1\n" +                         // 2
                                     "[1]\n" +                                       // 3
                                     "{\"chosen\": \"\xFF\", \"rejected\": \"\"}\n"  // 4
                                     "{\"chosen\": \"w1\"}\n" +                      // 5
                                     "{\"chosen\": \"w1\", \"rejected\": 2}\n" +     // 6
                                     "{\"chosen\": \"w1\", \"rejected\": \"\"}\n" +  // 7
                                     std::string("\0\0\n", 3) +                      // 8
                                     pair_row(4, 5, 6));
}

TEST(LoadSource, StopsAtTheFirstMalformedRow) {
  const std::string path = malformed_file();
  const auto stop = [&] { load_source(pairs_from({path}), 0, context_of()); };
  EXPECT_THAT(error_of(ErrorKind::data, stop), HasSubstr(path + ":2: not valid JSON"));
  EXPECT_THAT(error_of(ErrorKind::data, stop),
              HasSubstr("(data.bad_rows: how many malformed rows to skip)"));
}

TEST(LoadSource, OffersToSkipRowsOnlyWhereOthersAreGood) {
  const auto stop = [](const std::string& path) {
    return error_of(ErrorKind::data, [&] { load_source(pairs_from({path}), 0, context_of()); });
  };
  const std::string bad = "{\"chosen\": \"w1\"}\n";
  const std::string one = write_data("one_bad.jsonl", bad);
  EXPECT_EQ(stop(one), one +
                           ":1: found no \"rejected\" (fields: chosen), expected it (\"fields\" "
                           "says where it is)");
  const std::string all = write_data("all_bad.jsonl", bad + bad + bad);
  EXPECT_EQ(stop(all), all +
                           ":1: found no \"rejected\" (fields: chosen), expected it (\"fields\" "
                           "says where it is); the first 3 rows are all malformed: the source's "
                           "format, fields or text may not be theirs");
  EXPECT_THAT(stop(write_data("most_bad.jsonl", bad + bad + pair_row(1, 2, 3))),
              HasSubstr("(data.bad_rows: how many malformed rows to skip)"));
}

TEST(LoadSource, SkipsMalformedRowsWithinTheBudgetAndShowsTheFirst) {
  const std::string path = malformed_file();
  const SourceData data = load_source(pairs_from({path}), 0, context_of({.bad_rows = 7}));
  EXPECT_EQ(data.train.report.rows, 9);
  EXPECT_EQ(data.train.report.used, 2);
  EXPECT_EQ(data.train.report.bad, 7);
  ASSERT_EQ(data.warnings.size(), 1u);
  EXPECT_THAT(data.warnings[0],
              HasSubstr("source ukp: skipped 7 malformed rows, the first:\n  " + path + ":2: "));
  EXPECT_THAT(data.warnings[0], HasSubstr(path + ":8: "));
}

TEST(LoadSource, RefusesMoreMalformedRowsThanTheBudget) {
  const std::string path = malformed_file();
  const std::string message = error_of(
      ErrorKind::data, [&] { load_source(pairs_from({path}), 0, context_of({.bad_rows = 6})); });
  EXPECT_THAT(message, HasSubstr("source ukp: found more than 6 malformed rows (data.bad_rows), "
                                 "the first:\n  " +
                                 path + ":2: "));
}

TEST(LoadSource, CountsTheBudgetOverTrainAndEval) {
  const std::string path = write_data("a.jsonl", pair_row(1, 2, 3) + "{}\n");
  const auto load = [&](int64_t budget) {
    return load_source(pairs_from({path}, {path}), 0, context_of({.bad_rows = budget}));
  };
  EXPECT_EQ(load(2).eval.report.bad, 1);
  EXPECT_THAT(error_of(ErrorKind::data, [&] { load(1); }), HasSubstr("more than 1 malformed"));
}

TEST(LoadSource, DropsAndCountsOverLongAndIdenticalPairs) {
  const std::string path = write_data(
      "a.jsonl", pair_row(1, 2, 3) + pair_row(1, 2, 2) +
                     R"({"prompt": "w1 w2 w3 w4", "chosen": " w5", "rejected": " w6"})" + "\n");
  const LengthOptions length{.max_length = 5};
  const SourceData data = load_source(pairs_from({path}), 0, context_of({}, length));
  EXPECT_EQ(summary(data.train.report), "3 rows, 1 used, dropped: 1 identical, 1 over_length");
}

TEST(LoadSource, CountsPairsThatBecomeIdenticalWhenTruncated) {
  const std::string path = write_data(
      "a.jsonl", pair_row(1, 2, 3) +
                     R"({"prompt": "w1", "chosen": " w2 w3 w4", "rejected": " w2 w3 w5"})" + "\n" +
                     R"({"prompt": "w1", "chosen": " w2 w3 w4", "rejected": " w3 w2"})" + "\n");
  const LengthOptions length{.max_length = 4, .over_length = OverLength::truncate_response_right};
  const SourceData data = load_source(pairs_from({path}), 0, context_of({}, length));
  EXPECT_EQ(summary(data.train.report), "3 rows, 2 used, dropped: 1 identical, 1 truncated");
}

TEST(LoadSource, StopsAtAnOverLongRowWhereThatIsAnError) {
  const std::string path = write_data("a.jsonl", pair_row(1, 2, 3) + pair_row(1, 4, 5));
  const LengthOptions length{.max_length = 2, .over_length = OverLength::error};
  EXPECT_EQ(
      error_of(ErrorKind::data,
               [&] { load_source(pairs_from({path}), 0, context_of({.bad_rows = 9}, length)); }),
      path +
          ":1: found 3 tokens, expected at most 2 (model.max_length); model.over_length "
          "can drop or truncate such rows");
}

TEST(LoadSource, RefusesFilesOfWhichNothingIsLeft) {
  const std::string empty = write_data("empty.jsonl", "\n");
  const std::string one = write_data("a.jsonl", pair_row(1, 2, 2));
  EXPECT_EQ(error_of(ErrorKind::data, [&] { load_source(pairs_from({empty}), 0, context_of()); }),
            "source ukp: found no row in its train files that can be used, "
            "expected one (0 rows, 0 used)");
  EXPECT_EQ(error_of(ErrorKind::data, [&] { load_source(pairs_from({}, {one}), 0, context_of()); }),
            "source ukp: found no row in its eval files that can be used, expected one (1 row, 0 "
            "used, dropped: 1 identical)");
}

TEST(LoadSource, HoldsOutPromptsAndSaysHowManyRows) {
  std::string rows;
  for (int i = 0; i < 40; ++i) rows += pair_row(i % 20, 20 + i / 20, 30);
  SourceOptions options = pairs_from({write_data("a.jsonl", rows)});
  options.eval_fraction = 0.1;
  const SourceData data = load_source(options, 0, context_of());
  EXPECT_EQ(data.train.report.used, 36);
  EXPECT_EQ(data.eval.report.used, 4);
  EXPECT_THAT(data.notes.back(), "source ukp: held out 2 of 20 prompts with 4 rows for evaluation");
}

// Rows of a question are held out together though it stands in their answers only.
TEST(LoadSource, HoldsOutImplicitPromptsAndWarnsWhereThereAreNone) {
  const auto loaded = [](const char* between) {
    std::string rows;
    for (int i = 0; i < 60; ++i) {
      const std::string question = str("w", i % 30, between);
      rows +=
          Json{{"chosen", str(question, "w", 30 + i / 30)}, {"rejected", question + "w40"}}.dump() +
          "\n";
    }
    SourceOptions options = pairs_from({write_data("a.jsonl", rows)});
    options.eval_fraction = 0.1;
    return load_source(options, 0, context_of());
  };
  const SourceData told = loaded("\n\n");
  EXPECT_THAT(told.notes.back(), "source ukp: held out 3 of 30 prompts with 6 rows for evaluation");
  EXPECT_THAT(told.warnings, IsEmpty());
  const SourceData untold = loaded(" ");
  EXPECT_THAT(untold.notes.back(), HasSubstr("held out 6 of 60 prompts"));
  EXPECT_THAT(untold.warnings,
              ElementsAre(HasSubstr("source ukp: 60 rows without a prompt of their own: "
                                    "eval_fraction holds such rows out one by one")));
}

// Too few prompts follow from rows that cannot be read, which are told with them.
TEST(LoadSource, TellsMalformedRowsWhereTooFewPromptsAreLeft) {
  SourceOptions options = pairs_from({write_data("a.jsonl", pair_row(1, 2, 3) + "{}\n")});
  options.eval_fraction = 0.5;
  EXPECT_THAT(
      error_of(ErrorKind::data, [&] { load_source(options, 0, context_of({.bad_rows = 9})); }),
      AllOf(HasSubstr("found 1 different prompts, expected 20 or more for eval_fraction"),
            HasSubstr("\nsource ukp: skipped 1 malformed row")));
}

TEST(LoadSource, ScalesOnlyTheScoresOfTrain) {
  const std::string path = write_data("a.jsonl", list_row("w1", "w2", 1) + list_row("w1", "w3", 5));
  SourceOptions options = ratings_from(path);
  options.eval = options.train;
  options.score_scaling = ScoreScaling::standardize;
  const SourceData data = load_source(options, 0, context_of());
  EXPECT_THAT(data.scaling, ElementsAre(Scaling{.mean = 3, .deviation = 2}));
  EXPECT_THAT(std::get<Ratings>(data.train.groups[1].label).score, ElementsAre(1));
  EXPECT_THAT(std::get<Ratings>(data.eval.groups[1].label).score, ElementsAre(5));
}

TEST(LoadSource, GivesTheSameGroupsOnAnyNumberOfThreads) {
  std::string rows;
  for (int i = 0; i < 9000; ++i) rows += pair_row(i % 40, 1 + i % 8, 9 + i % 31);
  const SourceOptions options = pairs_from({write_data("a.jsonl", rows)});
  const SourceData one = load_source(options, 0, context_of({.threads = 1}));
  LoadContext context = context_of({.threads = 3});
  int64_t seen = 0;
  double fraction = 0;
  context.progress = [&](const SourceOptions& source, int64_t rows, double part) {
    EXPECT_EQ(source.name, "ukp");
    EXPECT_GE(rows, seen);
    seen = rows;
    fraction = part;
  };
  const SourceData three = load_source(options, 0, context);
  EXPECT_EQ(seen, 9000);
  EXPECT_EQ(fraction, 1);
  ASSERT_EQ(one.train.groups.size(), three.train.groups.size());
  for (size_t i = 0; i < one.train.groups.size(); ++i) {
    ASSERT_EQ(one.train.groups[i].id, three.train.groups[i].id);
    ASSERT_EQ(one.train.groups[i].responses[1].ids, three.train.groups[i].responses[1].ids);
  }
}

// Rows are read some hundred at a time by several threads.
TEST(LoadSource, JudgesMalformedRowsInTheirOrderOnAnyNumberOfThreads) {
  const auto rows = [](int malformed, int good, const std::string& last = "") {
    std::string text;
    for (int i = 0; i < malformed; ++i) text += "{\"prompt\": 1}\n";
    for (int i = 0; i < good; ++i) text += pair_row(i % 40, 2, 3);
    return text + last;
  };
  const std::string list = R"({"prompt": [{"role": "user", "content": "q"}], )"
                           R"("chosen": [{"role": "assistant", "content": "a"}], )"
                           R"("rejected": [{"role": "assistant", "content": "b"}]})";
  for (const int threads : {1, 3}) {
    const auto load = [&](const std::string& text, int64_t bad_rows) {
      return load_source(pairs_from({write_data("a.jsonl", text)}), 0,
                         context_of({.bad_rows = bad_rows, .threads = threads}));
    };
    const auto refusal = [&](const std::string& text, int64_t bad_rows) {
      return test::error_of(ErrorKind::data, [&] { load(text, bad_rows); });
    };
    EXPECT_EQ(load(rows(300, 700), 400).train.groups.size(), 700u);
    EXPECT_THAT(refusal(rows(300, 700), 299), HasSubstr("found more than 299 malformed rows"));
    EXPECT_THAT(refusal(rows(4096, 10), 5000), HasSubstr("the first 4096 rows are all malformed"));
    EXPECT_THAT(refusal(rows(300, 0), 400), HasSubstr("the first 300 rows are all malformed"));
    EXPECT_THAT(refusal(rows(0, 600, list), 400),
                AllOf(HasSubstr("found strings ("), HasSubstr(":1) and message lists ("),
                      HasSubstr(":601)")));
  }
}

}  // namespace
}  // namespace laurel::load_test
