// eval and score on a trained run and on any Hugging Face reward model.
#include <gmock/gmock.h>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::evaluate_test {
namespace {

using testing::HasSubstr;

namespace fs = std::filesystem;

fs::path trained(const std::string& name, const Json& source) {
  return trained_project(name, tiny_config({source}, 8));
}

TEST(Score, ReproducesTheEvaluationOfTheRun) {
  const fs::path folder = trained("score_is_eval", pair_source());
  ASSERT_EQ(run_laurel("score run held_out.jsonl scored.jsonl", folder).code, 0);
  double wins = 0, margin = 0;
  const std::vector<Json> rows = lines_of(folder / "scored.jsonl");
  for (const Json& row : rows) {
    const double difference =
        row["chosen_reward"].get<double>() - row["rejected_reward"].get<double>();
    wins += difference > 0 ? 1 : difference == 0 ? 0.5 : 0;
    margin += difference;
  }
  const Json eval = lines_of(folder / "run/metrics.jsonl", "eval").back();
  EXPECT_NEAR(wins / 12, eval["metrics"]["accuracy"]["value"].get<double>(), 1e-12);
  EXPECT_NEAR(margin / 12, eval["metrics"]["margin"]["value"].get<double>(), 1e-5);
  const Outcome again = run_laurel("eval run held_out.jsonl --json -", folder);
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(Json::parse(again.out)["metrics"]["accuracy"].dump(),
            eval["metrics"]["accuracy"].dump());
}

TEST(Score, TheExportGivesTheSameRewardsAsTheRun) {
  const fs::path folder = trained("score_export", pair_source());
  ASSERT_EQ(run_laurel("score run held_out.jsonl a.jsonl", folder).code, 0);
  ASSERT_EQ(run_laurel("score run/export held_out.jsonl b.jsonl", folder).code, 0);
  EXPECT_EQ(read_file(folder / "a.jsonl"), read_file(folder / "b.jsonl"));
}

TEST(Score, ReadsJsonListsLikeJsonLinesAndTrainingReadsPatterns) {
  Json source = pair_source();
  source["train"] = {"pair*.jsonl"};
  const fs::path folder = trained("score_list", source);
  const Json config =
      parse_json(read_file(folder / "run/laurel.json"), "laurel.json", ErrorKind::usage);
  EXPECT_EQ(config["sources"][0]["train"].dump(),
            Json::array({(folder / "pairs.jsonl").string()}).dump());
  write_file(folder / "list.json", Json(lines_of(folder / "held_out.jsonl")).dump(2));
  ASSERT_EQ(run_laurel("score run held_out.jsonl a.jsonl", folder).code, 0);
  ASSERT_EQ(run_laurel("score run list.json b.jsonl", folder).code, 0);
  EXPECT_EQ(read_file(folder / "a.jsonl"), read_file(folder / "b.jsonl"));
}

TEST(Score, ReturnsEveryRowInOrderWithNullAndAReasonOnFailure) {
  const fs::path folder = trained("score_rows", rating_source());
  const std::string long_text(4000, 'a');
  const std::string input =
      str(R"({"id": 1, "prompt": "Rate maps. ", "response": "It is a good one."})", "\n",
          "not json\n\n", R"({"id": 3, "prompt": "p", "response": ")", long_text, "\"}\n",
          R"({"id": 4, "prompt": "p", "response": 5})", "\n",
          R"({"id": 5, "prompt": "Rate maps. ", "response": "It is a good one."})", "\n");
  const Outcome outcome = run_laurel("score run - -", folder, input);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  write_file(folder / "out.jsonl", outcome.out);
  const std::vector<Json> rows = lines_of(folder / "out.jsonl");
  ASSERT_EQ(rows.size(), 5);
  EXPECT_TRUE(rows[0]["reward"].is_number());
  EXPECT_TRUE(rows[1]["reward"].is_null());
  EXPECT_THAT(rows[1]["reward_error"].get<std::string>(), HasSubstr("standard input:2: "));
  EXPECT_EQ(rows[2]["id"], 3);
  EXPECT_THAT(rows[2]["reward_error"].get<std::string>(),
              HasSubstr("tokens, expected at most 128"));
  EXPECT_THAT(rows[3]["reward_error"].get<std::string>(), HasSubstr("standard input:5: "));
  EXPECT_NEAR(rows[4]["reward"].get<double>(), rows[0]["reward"].get<double>(), 1e-5);
  EXPECT_THAT(outcome.err, HasSubstr("standard output: 5 rows, 2 scored, 3 without a reward"));
}

TEST(Score, NeedsNoLabelAndNamesEachResponsesReward) {
  const fs::path folder = trained("score_unjudged", pair_source());
  const Outcome outcome = run_laurel(
      "score run - -", folder,
      "{\"response_a\": \"x\", \"response_b\": \"y\", \"preferred\": \"tie\"}\n"
      "{\"response_a\": \"x\", \"response_b\": \"y\"}\n"
      "{\"chosen\": \"x\", \"rejected\": \"y\"}\n{\"response_a\": 1, \"response_b\": \"y\"}\n");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  write_file(folder / "out.jsonl", outcome.out);
  const std::vector<Json> rows = lines_of(folder / "out.jsonl");
  EXPECT_TRUE(rows[0]["response_a_reward"].is_number());
  EXPECT_NEAR(rows[1]["response_b_reward"].get<double>(),
              rows[0]["response_b_reward"].get<double>(), 1e-5);
  EXPECT_NEAR(rows[2]["chosen_reward"].get<double>(), rows[0]["response_a_reward"].get<double>(),
              1e-5);
  EXPECT_TRUE(rows[3].at("response_a_reward").is_null());
}

TEST(Score, DetectsTheFormatOfEachRowAndDropsOldErrors) {
  const fs::path folder = trained("score_shapes", pair_source());
  const Outcome outcome = run_laurel("score run - -", folder,
                                     "{\"chosen\": \"x\", \"rejected\": \"y\"}\n"
                                     "{\"response\": \"x\", \"reward_error\": \"old\"}\n");
  write_file(folder / "out.jsonl", outcome.out);
  const std::vector<Json> rows = lines_of(folder / "out.jsonl");
  EXPECT_NEAR(rows.at(1)["reward"].get<double>(), rows.at(0)["chosen_reward"].get<double>(), 1e-5);
  EXPECT_FALSE(rows.at(1).contains("reward_error"));
  const Outcome fields = run_laurel("score run - - --fields '{\"respons\": \"response\"}'", folder,
                                    "{\"response\": \"x\"}\n");
  EXPECT_EQ(fields.code, 2);
  EXPECT_THAT(fields.err, HasSubstr("--fields: found \"respons\""));
}

TEST(Score, RefusesToWriteOverItsInput) {
  const fs::path folder = tiny_project("score_over_input");
  const std::string before = read_file(folder / "ratings.jsonl");
  const Outcome outcome = run_laurel("score model ratings.jsonl ./ratings.jsonl", folder);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err,
              HasSubstr("OUTPUT: found ./ratings.jsonl, which is the input ratings.jsonl"));
  EXPECT_EQ(read_file(folder / "ratings.jsonl"), before);
}

TEST(Score, WorksOnAnyRewardModelFolder) {
  const fs::path folder = tiny_project("score_foreign");
  make_tiny_model(folder / "classifier", "blocks", true);
  EXPECT_EQ(run_laurel("score classifier ratings.jsonl out.jsonl", folder).code, 0);
  EXPECT_EQ(lines_of(folder / "out.jsonl").size(), 16);
  const Outcome outcome = run_laurel("score model ratings.jsonl out.jsonl", folder);
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.err,
              HasSubstr("found a base model (LlamaForCausalLM) without a reward head "
                        "(score.weight), expected a reward model: a run folder, an export, or a "
                        "sequence classifier with one label; laurel train makes one of a base "
                        "model, its model.path"));
  for (const char* command : {"eval model ratings.jsonl", "export model out"}) {
    EXPECT_THAT(run_laurel(command, folder).err, HasSubstr("found a base model"));
  }
}

TEST(Eval, StandardizedTargetsComeBackInOriginalUnits) {
  Json source = rating_source();
  source["score_scaling"] = "standardize";
  source["eval"] = {"ratings.jsonl"};
  const fs::path folder = trained("standardize", source);
  const Json eval =
      lines_of(folder / "run/metrics.jsonl", "eval").front();  // untrained: rewards near 0
  EXPECT_LT(eval["metrics"]["mse"]["value"].get<double>(),
            8);  // near the variance, 2, not the mean's square, 9
  const Outcome named = run_laurel("eval run ratings.jsonl --source ratings --json -", folder);
  const Json last = lines_of(folder / "run/metrics.jsonl", "eval").back();
  EXPECT_EQ(Json::parse(named.out)["metrics"]["mse"].dump(), last["metrics"]["mse"].dump());
  const Outcome unnamed = run_laurel("eval run ratings.jsonl --json -", folder);
  EXPECT_THAT(unnamed.err, HasSubstr("rewards are read as source ratings learned them "
                                     "(squared_error); --raw compares them as they are"));
  EXPECT_EQ(Json::parse(unnamed.out)["metrics"]["mse"].dump(), last["metrics"]["mse"].dump());
  const Outcome wrong = run_laurel("eval run ratings.jsonl --source rating", folder);
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(
      wrong.err,
      HasSubstr("--source: found \"rating\", expected one of the model's sources: ratings"));
}

TEST(Eval, WarnsOfFilesThatTheModelWasTrainedOn) {
  const fs::path folder = tiny_project("trained_on");
  std::vector<Json> rows = tiny_pairs(24);
  for (Json& row : rows) row["subset"] = "alpacaeval-easy";
  write_lines(folder / "pairs.jsonl", rows);
  fs::copy_file(folder / "pairs.jsonl", folder / "copy.jsonl");
  Json config = tiny_config({pair_source()}, 2);
  config["benchmarks"] =
      Json::array({{{"name", "rb"}, {"benchmark", "reward-bench"}, {"files", {"copy.jsonl"}}}});
  write_file(folder / "config.json", config.dump());
  const Outcome run = train(folder);
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.err,
              testing::HasSubstr("copy.jsonl is a file that source pairs is trained on: "));
  const std::string warning =
      "copy.jsonl is a file that the model was trained on (source pairs, by its hash): this says "
      "how well it has learned these rows, not how well it judges others";
  for (const char* arguments : {"eval run held_out.jsonl copy.jsonl", "eval run/export copy.jsonl",
                                "compare run run/export --data copy.jsonl",
                                "eval run copy.jsonl --benchmark reward-bench"}) {
    const Outcome outcome = run_laurel(arguments, folder);
    EXPECT_EQ(outcome.code, 0) << arguments << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(warning)) << arguments;
  }
  EXPECT_THAT(run_laurel("eval run held_out.jsonl", folder).err,
              testing::Not(HasSubstr("was trained on")));
}

TEST(Eval, ARatingModelEvaluatesPairsAndAPairModelRatings) {
  const fs::path folder = trained("crosswise", pair_source());
  const Outcome outcome = run_laurel("eval run ratings.jsonl --json -", folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(Json::parse(outcome.out)["metrics"].contains("spearman"));
  EXPECT_THAT(outcome.err, HasSubstr("format pointwise, by the fields of its first row"));
}

}  // namespace
}  // namespace laurel::evaluate_test
