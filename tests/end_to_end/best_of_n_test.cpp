// laurel eval --best-of-n by the real binary: its numbers, and what it refuses.
#include <gmock/gmock.h>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::best_of_n_command_test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

fs::path trained(const std::string& name, const Json& source) {
  return trained_project(name, tiny_config({source}, 4));
}

// Four answers to each of 40 prompts; the score is the number of "good" in the answer.
std::vector<Json> scored_rows() {
  std::vector<Json> rows;
  for (int i = 0; i < 160; ++i) {
    std::string answer = str("Answer ", i, ".");
    for (int k = 0; k < i / 40; ++k) answer += " good";
    rows.push_back(
        {{"prompt", str("Prompt ", i % 40, ". ")}, {"response", answer}, {"score", i / 40}});
  }
  return rows;
}

TEST(BestOfNCommand, ChoosesByTheRewardsOfTheModel) {
  const fs::path folder = trained("best_of_n", pair_source());
  write_lines(folder / "answers.jsonl", scored_rows());
  const Outcome outcome =
      run_laurel("eval run answers.jsonl --raw --best-of-n 2 --json all.json", folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("  of 160 answers to 40 prompts; intervals: 1000 draws of 40 "
                                     "prompts\n"));
  ASSERT_EQ(run_laurel("score run answers.jsonl scored.jsonl", folder).code, 0);
  const std::vector<Json> rows = lines_of(folder / "scored.jsonl");
  double sum = 0;  // of the better one of each two answers
  for (size_t prompt = 0; prompt < 40; ++prompt) {
    for (size_t a = 0; a < 4; ++a) {
      for (size_t b = 0; b < a; ++b) {
        const Json &first = rows[prompt + 40 * a], &second = rows[prompt + 40 * b];
        const double x = first["reward"].get<double>(), y = second["reward"].get<double>();
        const double of_first = first["score"].get<double>(),
                     of_second = second["score"].get<double>();
        sum += x > y ? of_first : x < y ? of_second : (of_first + of_second) / 2;
      }
    }
  }
  const Json found = lines_of(folder / "all.json")[0]["best_of_n"];
  EXPECT_NEAR(found["points"][1]["score"]["value"].get<double>(), sum / (6 * 40), 1e-9);
  EXPECT_NEAR(found["random"]["value"].get<double>(), 1.5, 1e-12);
  EXPECT_EQ(found["left_out"], 0);
}

TEST(BestOfNCommand, RefusesScoresThatTheModelHasLearned) {
  const fs::path folder = trained("best_of_n_learned", rating_source());
  fs::copy_file(folder / "ratings.jsonl", folder / "renamed.jsonl");
  for (const char* model : {"run", "run/export"}) {
    const Outcome outcome = run_laurel(str("eval ", model, " renamed.jsonl --best-of-n 2"), folder);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_THAT(
        outcome.err,
        HasSubstr("--best-of-n: renamed.jsonl is a file that the model was trained on "
                  "(source ratings, by its hash); expected scores that it has not learned"));
  }
}

TEST(BestOfNCommand, RefusesWithWhatToDo) {
  const fs::path folder = trained("best_of_n_refused", pair_source());
  write_lines(folder / "answers.jsonl", scored_rows());
  const auto message = [&](const std::string& arguments, int code) {
    return errors_of(arguments, folder, code);
  };
  EXPECT_THAT(message("eval run answers.jsonl --best-of-n 1", 2),
              HasSubstr("--best-of-n: found 1, expected 2 to 100000"));
  EXPECT_THAT(message("eval run held_out.jsonl --best-of-n 2", 2),
              HasSubstr("--best-of-n: found rows of format pairwise, expected several scored "
                        "answers of each prompt: format pointwise, or ranked with scores"));
  EXPECT_THAT(message("eval run answers.jsonl --best-of-n 8", 3),
              HasSubstr("--best-of-n: found at most 4 answers of a prompt, expected 16 or more for "
                        "N = 8; --best-of-n 2 is possible"));
  std::vector<Json> lists;
  for (int i = 0; i < 2; ++i) {
    lists.push_back({{"prompt", str("p", i, " ")}, {"responses", {"a", "b", "c", "d"}}});
    lists.back()[i == 0 ? "scores" : "ranks"] = {4, 3, 2, 1};
  }
  write_lines(folder / "lists.jsonl", lists);
  EXPECT_THAT(
      message("eval run lists.jsonl --best-of-n 2", 3),
      HasSubstr("--best-of-n: lists.jsonl:2: found the ranks \"ranks\", expected \"scores\" "
                "of every list: places do not say how good the chosen answer is"));
  make_tiny_model(folder / "foreign", "blocks", true);
  EXPECT_THAT(message("eval foreign answers.jsonl --best-of-n 2", 0),
              HasSubstr("the model does not name the files that it was trained on; make sure"));
  ASSERT_EQ(std::system(str("mkfifo '", (folder / "pipe").string(), "'").c_str()), 0);
  EXPECT_THAT(message("eval run pipe --format pointwise --best-of-n 2", 3),
              HasSubstr("pipe: found no regular file, expected one whose hash can be compared"));
}

TEST(BestOfNCommand, IsDrawnWithAWordWhereItIsOfAnotherModel) {
  const fs::path folder = trained("best_of_n_drawn", pair_source());
  write_lines(folder / "answers.jsonl", scored_rows());
  make_tiny_model(folder / "foreign", "marks", true);
  for (const char* model : {"run", "run/export", "foreign"}) {
    ASSERT_EQ(run_laurel(str("eval ", model, " answers.jsonl --raw --best-of-n 2 --json all.json"),
                         folder)
                  .code,
              0);
    const Outcome outcome = run_laurel("report run --best-of-n all.json", folder);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    const std::string warning =
        "all.json is of another model: no final/, export/, adapter/ or checkpoint of run has its "
        "weights";
    const bool other = std::string(model) == "foreign";
    EXPECT_EQ(outcome.err.find(warning) != std::string::npos, other) << outcome.err;
    EXPECT_EQ(read_file(folder / "run/report.html").find(warning) != std::string::npos, other);
  }
}

TEST(BestOfNCommand, RefusesSeveralScores) {
  Json source = rating_source();
  source["attributes"] = {"score", "clarity"};
  const fs::path folder = tiny_project("best_of_n_attributes");
  std::vector<Json> rows = tiny_ratings(16);
  for (size_t i = 0; i < rows.size(); ++i) rows[i]["clarity"] = i % 3;
  write_lines(folder / "ratings.jsonl", rows);
  write_file(folder / "config.json", tiny_config({source}, 2).dump());
  ASSERT_EQ(train(folder).code, 0);
  rows.pop_back();
  write_lines(folder / "others.jsonl", rows);
  const Outcome outcome = run_laurel("eval run others.jsonl --best-of-n 2", folder);
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("--best-of-n: found scores of score, clarity, expected one: "
                                     "laurel export --reward NAME makes a model of one of them"));
}

}  // namespace
}  // namespace laurel::best_of_n_command_test
