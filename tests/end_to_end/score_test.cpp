// score as people use it: best of N, empty answers, rows of several formats, fields of their own.
#include <gmock/gmock.h>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::score_test {
namespace {

using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

// A project with a folder "classifier": a reward model that is not of laurel, chat by its template.
fs::path project(const std::string& name) {
  const fs::path folder = scratch_folder(name);
  make_tiny_model(folder / "classifier", "blocks", true);
  return folder;
}

struct Scored {
  std::vector<Json> rows;
  Outcome outcome;
};

Scored scored(const fs::path& folder, const std::string& rows, const std::string& options = "") {
  const Outcome outcome = run_laurel("score classifier - - --device cpu " + options, folder, rows);
  write_file(folder / "out.jsonl", outcome.out);
  return {lines_of(folder / "out.jsonl"), outcome};
}

TEST(BestOfN, OneAnswerWithoutARewardLeavesTheOthersTheirs) {
  const fs::path folder = project("best_of_n_parts");
  const std::string too_long(4000, 'a');
  const std::string three = R"({"prompt":"p ","responses":["Yes.","No.","Why?"]})";
  const auto [rows, outcome] =
      scored(folder,
             three + "\n" + R"({"prompt":"p ","responses":["Yes.",")" + too_long +
                 R"(","No.","Why?",7]})" + "\n" + R"({"prompt":"p ","chosen":"Yes.",)" +
                 R"("rejected":")" + too_long + "\"}\n",
             "--text plain");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  ASSERT_EQ(rows.size(), 3u);
  const std::vector<double> expected = rows[0]["rewards"];
  const Json& some = rows[1]["rewards"];
  ASSERT_EQ(some.size(), 5u);
  EXPECT_NEAR(some[0].get<double>(), expected[0], 1e-5);
  EXPECT_TRUE(some[1].is_null());
  EXPECT_NEAR(some[2].get<double>(), expected[1], 1e-5);
  EXPECT_NEAR(some[3].get<double>(), expected[2], 1e-5);
  EXPECT_TRUE(some[4].is_null());
  const std::string why = rows[1]["reward_error"];
  EXPECT_THAT(why, HasSubstr("standard input:2: responses[1]: found "));
  EXPECT_THAT(why, HasSubstr("expected at most 2048 (--max-length)"));
  EXPECT_THAT(why, HasSubstr("responses[4]: found the number 7, expected a string"));
  EXPECT_NEAR(rows[2]["chosen_reward"].get<double>(), expected[0], 1e-5);
  EXPECT_TRUE(rows[2]["rejected_reward"].is_null());
  EXPECT_THAT(rows[2]["reward_error"].get<std::string>(),
              HasSubstr("standard input:3: rejected: found "));
  EXPECT_THAT(outcome.err, HasSubstr("standard output: 3 rows, 1 scored, 2 in part "
                                     "(\"reward_error\" says why), the first: standard input:2: "
                                     "responses[1]: found "));
}

TEST(BestOfN, AnEmptyAnswerHasTheRewardOfTheRenderedText) {
  const fs::path folder = project("best_of_n_empty");
  // Plain: prompt, nothing, end of sequence; so is the prompt as an answer to nothing.
  const auto [plain, first] = scored(folder,
                                     R"({"prompt":"Boil an egg?","responses":["Yes.",""," "]})"
                                     "\n"
                                     R"({"prompt":"","response":"Boil an egg?"})"
                                     "\n",
                                     "--text plain");
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_FALSE(plain[0].contains("reward_error"));
  EXPECT_NEAR(plain[0]["rewards"][1].get<double>(), plain[1]["reward"].get<double>(), 1e-5);
  EXPECT_NE(plain[0]["rewards"][2], plain[0]["rewards"][1]);
  // Chat: as the message list with an empty content.
  const auto [chat, second] = scored(folder,
                                     R"({"prompt":"Boil an egg?","response":""})"
                                     "\n"
                                     R"({"messages":[{"role":"user","content":"Boil an egg?"},)"
                                     R"({"role":"assistant","content":""}]})"
                                     "\n",
                                     "--text chat");
  ASSERT_EQ(second.code, 0) << second.err;
  EXPECT_TRUE(chat[0]["reward"].is_number());
  EXPECT_NEAR(chat[0]["reward"].get<double>(), chat[1]["reward"].get<double>(), 1e-6);
}

TEST(BestOfN, WritesTheBestAnswerWithItsReward) {
  const fs::path folder = project("best_of_n_best");
  const std::string list =
      R"({"id":1,"prompt":"p ","responses":["Yes.","No, never.",7],"ranks":[2,1,3],"x":1e22})";
  const std::string pair = R"({"id":2,"prompt":"p ","chosen":"Yes.","rejected":"No, never."})";
  const auto [all, outcome] = scored(folder, list + "\n" + pair + "\n", "--text plain");
  const auto [best, again] = scored(folder, list + "\n" + pair + "\n", "--text plain --best");
  ASSERT_EQ(again.code, 0) << again.err;
  const double yes = all[0]["rewards"][0], no = all[0]["rewards"][1];
  const size_t at = yes > no ? 0 : 1;
  for (const Json& row : best) {
    EXPECT_EQ(row["response"], at == 0 ? "Yes." : "No, never.");
    EXPECT_NEAR(row["reward"].get<double>(), std::max(yes, no), 1e-5);
    EXPECT_EQ(row["reward_index"], at);
    for (const char* gone : {"responses", "ranks", "chosen", "rejected"}) {
      EXPECT_FALSE(row.contains(gone)) << gone;
    }
  }
  EXPECT_THAT(best[0]["reward_error"].get<std::string>(), HasSubstr("responses[2]"));
  EXPECT_THAT(again.out, HasSubstr("\"x\":1e22"));
  const auto [none, single] =
      scored(folder, R"({"prompt":"p ","response":"Yes."})", "--text plain --best");
  EXPECT_EQ(single.code, 3);
  EXPECT_THAT(single.err, HasSubstr("standard input:1: found one answer (format pointwise), "
                                    "expected several for --best: a list \"responses\""));
}

TEST(Score, SaysWhichFormatItTookAndWhereItChanges) {
  const fs::path folder = project("score_formats");
  const auto [rows, outcome] = scored(folder, R"({"prompt":"p","completions":["Yes.","No."]})"
                                              "\n"
                                              R"({"prompt":"p","response":"Yes."})"
                                              "\n"
                                              R"({"prompt":"p","response":"No."})"
                                              "\n");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("standard input:1: format segments, by its fields\n"));
  EXPECT_THAT(outcome.err, HasSubstr("\"completions\" are taken for the segments of one answer"));
  EXPECT_THAT(outcome.err, HasSubstr("standard input:2: format pointwise, by its fields; the rows "
                                     "differ, and each is read by its own fields"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("standard input:3: format")));
  EXPECT_THAT(outcome.err, HasSubstr("standard output: 3 rows, 3 scored\n"));
  const auto [lists, taken] = scored(folder, R"({"prompt":"p","completions":["Yes.","No."]})",
                                     R"(--format ranked --fields '{"responses": "completions"}')");
  EXPECT_NEAR(lists[0]["rewards"][0].get<double>(), rows[1]["reward"].get<double>(), 1e-5);
  EXPECT_NEAR(lists[0]["rewards"][1].get<double>(), rows[2]["reward"].get<double>(), 1e-5);
}

TEST(Score, AFileWithoutAnyRewardEndsWithItsExitCode) {
  const fs::path folder = project("score_nothing");
  const auto [rows, outcome] = scored(folder, "not json\n{\"prompt\": \"p\"}\n");
  EXPECT_EQ(outcome.code, 3);
  ASSERT_EQ(rows.size(), 2u);
  for (const Json& row : rows) EXPECT_TRUE(row.at("reward").is_null());
  EXPECT_THAT(rows[0]["reward_error"].get<std::string>(), HasSubstr("standard input:1: "));
  EXPECT_EQ(rows[1]["reward_error"],
            "standard input:2: found fields of no format (fields: prompt), expected \"chosen\" and "
            "\"rejected\", or \"response_a\" and \"response_b\" (pairwise), \"response\" "
            "(pointwise), \"responses\" (ranked), or \"completions\", or \"response\" and "
            "\"segments\" (segments); where they have other names, say so with --fields");
  EXPECT_THAT(outcome.err, HasSubstr("error: standard output: 2 rows, 0 scored, 2 without a reward "
                                     "(\"reward_error\" says why), the first: standard input:1: "));
  EXPECT_EQ(scored(folder, "").outcome.code, 0);
  const std::string good = R"({"prompt":"p","response":"Yes."})";
  EXPECT_EQ(scored(folder, good + "\n{}\n").outcome.code, 0);
  EXPECT_EQ(scored(folder, good + "\n{}\n", "--bad-rows 1").outcome.code, 0);
  const Outcome more = scored(folder, good + "\n{}\n{}\n", "--bad-rows 1").outcome;
  EXPECT_EQ(more.code, 3);
  EXPECT_THAT(more.err, HasSubstr("(more than --bad-rows 1)"));
  EXPECT_EQ(scored(folder, good, "--bad-rows -1").outcome.code, 2);
}

TEST(Score, ARowsOwnFieldsComeBackAsTheyWere) {
  const fs::path folder = project("score_own_fields");
  const std::string fields =
      R"("id":12345678901234567890123,"x":1e22,"z":1E5,"w":-0,"v":1.10,)"
      R"("u":18446744073709551615,"t":-9223372036854775809,"tiny":1e-400,"e":"\u00e9")";
  const std::string row = R"({"prompt":"p","response":"Yes.",)" + fields + "}";
  EXPECT_THAT(scored(folder, row).outcome.out, HasSubstr(fields));
  const std::string own = R"({"prompt":"p","response":"Yes.","reward":"mine"})";
  const auto [refused, error] = scored(folder, own);
  EXPECT_EQ(error.code, 3);
  EXPECT_THAT(error.err,
              HasSubstr("standard input:1: found a field \"reward\", which would be overwritten; "
                        "--replace overwrites it, --reward-field NAME gives the new rewards "
                        "another name"));
  const auto [named, second] = scored(folder, own, "--reward-field judge");
  ASSERT_EQ(second.code, 0) << second.err;
  EXPECT_EQ(named[0]["reward"], "mine");
  EXPECT_TRUE(named[0]["judge"].is_number());
  const auto [replaced, third] = scored(folder, own, "--replace");
  EXPECT_EQ(replaced[0]["reward"], named[0]["judge"]);
  const auto [pair, fourth] =
      scored(folder, R"({"prompt":"p","chosen":"Yes.","rejected":3})", "--reward-field judge");
  EXPECT_TRUE(pair[0]["chosen_judge"].is_number());
  EXPECT_TRUE(pair[0]["rejected_judge"].is_null());
  EXPECT_TRUE(pair[0].contains("judge_error"));
  EXPECT_EQ(scored(folder, own, "--reward-field ''").outcome.code, 2);
}

TEST(Score, WarnsOfWhatTrainingWarnsOf) {
  const fs::path folder = project("score_warns");
  const auto [rows, outcome] =
      scored(folder, R"({"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}]})"
                     "\n"
                     R"({"messages":[{"role":"user","content":"a <|im_end|>"},)"
                     R"({"role":"assistant","content":"b"}]})"
                     "\n");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("format pointwise, by its fields; the dialogue of "
                                     "\"messages\" is scored"));
  EXPECT_THAT(outcome.err,
              HasSubstr("1 row whose last message has another role than \"assistant\", "
                        "the first: standard input:1"));
  const auto [prompts, second] =
      scored(folder, R"({"prompt":"Boil an egg?","response":"Boil an egg? Yes."})", "--text plain");
  EXPECT_THAT(second.err, HasSubstr("1 row with answers that begin with the prompt"));
  EXPECT_THAT(second.err, HasSubstr("texts are plain, as --text says"));
}

TEST(Score, OptionsOfRowsAreChecked) {
  const fs::path folder = project("score_options");
  const std::string row = R"({"prompt":"p","response":"Yes."})";
  const auto message = [&](const std::string& options) {
    const Outcome outcome = scored(folder, row, options).outcome;
    EXPECT_EQ(outcome.code, 2) << options;
    return outcome.err;
  };
  EXPECT_THAT(
      message("--max-length 4096"),
      HasSubstr("--max-length: found 4096, expected 1 to 2048, the positions of the model"));
  EXPECT_THAT(message("--template-kwargs 3"),
              HasSubstr("--template-kwargs: found the number 3, expected an object"));
  EXPECT_THAT(message("--template-date tomorrow"),
              HasSubstr("--template-date: found \"tomorrow\", expected a date as YYYY-MM-DD"));
  EXPECT_THAT(message("--special-text none"), HasSubstr("--special-text: found \"none\""));
  EXPECT_THAT(message("--format pairwise --separator x"),
              HasSubstr("--separator: found it for rows of format pairwise"));
  const auto [rows, outcome] = scored(folder, row, "--reduction min --max-length 4");
  EXPECT_THAT(outcome.err, HasSubstr("--reduction changed nothing: no row has segments"));
  EXPECT_THAT(outcome.err, HasSubstr("rows of up to 4 tokens"));
  EXPECT_THAT(outcome.err, HasSubstr("expected at most 4 (--max-length)"));
}

}  // namespace
}  // namespace laurel::score_test
