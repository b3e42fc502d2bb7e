// laurel compare: models and checkpoints on the same rows, by the real binary.
#include <gmock/gmock.h>

#include <cmath>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::compare_test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// A run of 8 steps with checkpoints of steps 4, 6 and 8, and a foreign classifier.
fs::path project(const std::string& name, Json source = pair_source()) {
  Json config = tiny_config({source}, 8);
  config["train"]["save_every"] = 2;
  config["train"]["keep_last"] = 3;
  const fs::path folder = trained_project(name, config);
  make_tiny_model(folder / "foreign", "blocks", true);
  return folder;
}

Json line_of(const Outcome& outcome) {
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return Json::parse(outcome.out, nullptr, false);
}

double value(const Json& metric) { return metric["value"].get<double>(); }

TEST(Compare, HasEachModelsValuesAndTheirDifference) {
  const fs::path folder = project("compare_models");
  const Json found =
      line_of(run_laurel("compare run foreign --data held_out.jsonl --json -", folder));
  const Json of_run = line_of(run_laurel("eval run held_out.jsonl --json -", folder));
  const Json of_foreign = line_of(run_laurel("eval foreign held_out.jsonl --json -", folder));
  EXPECT_EQ(found["rows"], 12);
  EXPECT_EQ(found["compared"], 12);
  EXPECT_EQ(found["models"][0]["model"], "run");
  for (const char* metric : {"accuracy", "log_loss", "margin", "brier"}) {
    const Json& both = found["metrics"][metric];
    EXPECT_EQ(both[0]["value"].dump(), of_run["metrics"][metric]["value"].dump()) << metric;
    EXPECT_EQ(both[1]["value"].dump(), of_foreign["metrics"][metric]["value"].dump()) << metric;
    EXPECT_EQ(both[1]["low"].dump(), of_foreign["metrics"][metric]["low"].dump()) << metric;
    EXPECT_NEAR(value(both[1]["difference"]), value(both[1]) - value(both[0]), 1e-12);
  }
  const Json& flips = found["flips"][0];
  EXPECT_NEAR((flips["gained"].get<double>() - flips["lost"].get<double>()) / 12,
              value(found["metrics"]["accuracy"][1]["difference"]), 1e-9);
  EXPECT_EQ(found["flipped_rows"].size(),
            flips["gained"].get<size_t>() + flips["lost"].get<size_t>());
}

TEST(Compare, WritesTheRowsThatFlippedWithTheirTexts) {
  const fs::path folder = project("compare_rows");
  std::vector<Json> rows = lines_of(folder / "held_out.jsonl");
  std::swap(rows[3]["chosen"], rows[3]["rejected"]);
  write_lines(folder / "doubtful.jsonl", rows);
  const Outcome outcome = run_laurel(
      "compare run foreign --data doubtful.jsonl --rows flipped.jsonl --json all.json", folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("compares 12 of 12 rows\n  A: run; weights: fp32\n  B: foreign; "),
                    HasSubstr(" right that A gets wrong, and ")));
  const std::vector<Json> flipped = lines_of(folder / "flipped.jsonl");
  const Json flips = lines_of(folder / "all.json")[0]["flips"][0];
  ASSERT_EQ(flipped.size(), flips["gained"].get<size_t>() + flips["lost"].get<size_t>());
  for (const Json& row : flipped) {
    EXPECT_EQ(row["model"], "foreign");
    EXPECT_THAT(row["where"].get<std::string>(), HasSubstr("doubtful.jsonl:"));
    EXPECT_THAT(row["prompt"].get<std::string>(), HasSubstr("Say something about"));
    EXPECT_EQ(row["change"] == "gained", row["margins"][1].get<double>() > 0);
    EXPECT_EQ(row["answers"].size(), 2);
  }
}

// The long answer of a row is over the limit of the run and not of the other model.
TEST(Compare, DropsFromAllWhatOneModelDrops) {
  const fs::path folder = project("compare_dropped");
  std::vector<Json> rows = lines_of(folder / "held_out.jsonl");
  rows[5]["chosen"] = std::string(400, 'a');
  write_lines(folder / "long.jsonl", rows);
  const Json found = line_of(run_laurel("compare run foreign --data long.jsonl --json -", folder));
  EXPECT_EQ(found["rows"], 12);
  EXPECT_EQ(found["compared"], 11);
  EXPECT_EQ(found["models"][0]["dropped"]["over_length"], 1);
  EXPECT_EQ(found["models"][0]["dropped_by_others"], 0);
  EXPECT_EQ(found["models"][1]["dropped_by_others"], 1);
  std::vector<Json> rest = lines_of(folder / "held_out.jsonl");
  rest.erase(rest.begin() + 5);
  write_lines(folder / "rest.jsonl", rest);
  const Json alone = line_of(run_laurel("eval foreign rest.jsonl --json -", folder));
  // Packed with other rows, so that the last digits of fp32 differ.
  EXPECT_NEAR(value(found["metrics"]["log_loss"][1]), value(alone["metrics"]["log_loss"]), 1e-5);
}

TEST(Compare, ComparesTheCheckpointsOfARunOnItsOwnRows) {
  const fs::path folder = project("compare_steps");
  const Outcome outcome = run_laurel("compare run --steps --json all.json", folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("pairs: compares 12 of 12 rows\n  A: step 4; "),
                                 HasSubstr("  C: step 8; "),
                                 HasSubstr("12 rows are too few to say what is chance")));
  const Json found = lines_of(folder / "all.json")[0];
  const Json last = lines_of(folder / "run/metrics.jsonl", "eval").back();
  for (const char* metric : {"accuracy", "log_loss"}) {
    EXPECT_EQ(found["metrics"][metric][2]["value"].dump(), last["metrics"][metric]["value"].dump());
  }
  const Json named = line_of(run_laurel(
      "compare run/checkpoints/step-00000004 run --data held_out.jsonl --json -", folder));
  EXPECT_EQ(named["metrics"]["accuracy"][1]["difference"]["value"].dump(),
            found["metrics"]["accuracy"][2]["difference"]["value"].dump());
}

TEST(Compare, WarnsOfFilesThatHaveChangedSinceTheRun) {
  const fs::path folder = project("compare_changed");
  const std::string warning = "held_out.jsonl: has changed since the run read it";
  EXPECT_THAT(run_laurel("compare run --steps", folder).err, Not(HasSubstr(warning)));
  std::vector<Json> rows = lines_of(folder / "held_out.jsonl");
  std::swap(rows[3]["chosen"], rows[3]["rejected"]);
  write_lines(folder / "held_out.jsonl", rows);
  const Outcome changed = run_laurel("compare run --steps", folder);
  EXPECT_EQ(changed.code, 0) << changed.err;
  EXPECT_THAT(changed.err, HasSubstr(warning));
}

// Of 12 rows nothing is claimed. What both answers begin with is a part of them.
TEST(Compare, ShowsWholeAnswersWithoutSpecialTokens) {
  const fs::path folder = project("compare_whole");
  std::vector<Json> rows;
  for (int i = 0; i < 24; ++i) {
    rows.push_back({{"prompt", str("Question ", i, "? ")},
                    {"chosen", str("Sure, ", i * 7 % 11, " good")},
                    {"rejected", str("Sure, ", i * 5 % 13, " bad")}});
    if (i % 2 == 0) std::swap(rows.back()["chosen"], rows.back()["rejected"]);
  }
  write_lines(folder / "sure.jsonl", rows);
  const Outcome outcome =
      run_laurel("compare run foreign --data sure.jsonl --rows - --json all.json", folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("24 rows are too few to say what is chance, expected 30"),
                    HasSubstr("fewer than 30, so they are too narrow")));
  EXPECT_TRUE(lines_of(folder / "all.json")[0]["differences"][0]["beyond_chance"].is_null());
  write_file(folder / "flipped.jsonl", outcome.out);
  const std::vector<Json> flipped = lines_of(folder / "flipped.jsonl");
  ASSERT_FALSE(flipped.empty());
  for (const Json& row : flipped) {
    EXPECT_THAT(
        row["prompt"].get<std::string>(),
        AllOf(HasSubstr("Question "), testing::EndsWith("assistant\n"), Not(HasSubstr("<"))));
    for (const Json& answer : row["answers"]) {
      EXPECT_THAT(answer["text"].get<std::string>(),
                  AllOf(testing::StartsWith("Sure, "), Not(HasSubstr("<"))));
    }
  }
}

TEST(Compare, FindsTheRowsThatARunHasHeldOut) {
  Json source = pair_source();
  source.erase("eval");
  source["eval_fraction"] = 0.25;
  const fs::path folder = project("compare_held_out", source);
  const Json found = line_of(run_laurel("compare run --steps --json -", folder));
  const Json last = lines_of(folder / "run/metrics.jsonl", "eval").back();
  EXPECT_EQ(found["compared"], last["n"]);
  EXPECT_EQ(found["metrics"]["accuracy"][2]["value"].dump(),
            last["metrics"]["accuracy"]["value"].dump());
}

TEST(Compare, ComparesSlices) {
  const fs::path folder = project("compare_slices");
  std::vector<Json> rows = tiny_pairs(70);
  for (size_t i = 0; i < rows.size(); ++i) rows[i]["half"] = i < 35 ? "first" : "second";
  write_lines(folder / "sliced.jsonl", rows);
  const Outcome outcome =
      run_laurel("compare run foreign --data sliced.jsonl --slice half --json all.json", folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("  accuracy by half"),
                    HasSubstr("differ from A's beyond chance (2 slices of at least 30 rows and 20 "
                              "units, compared all at once)")));
  const Json found = lines_of(folder / "all.json")[0];
  EXPECT_EQ(found["slices"]["half"]["first"]["n"], 35);
  double sum = 0;
  for (const char* half : {"first", "second"}) {
    sum += value(found["slices"]["half"][half]["models"][1]["difference"]);
  }
  EXPECT_NEAR(sum / 2, value(found["metrics"]["accuracy"][1]["difference"]), 1e-12);
}

TEST(Compare, OfScoresByAModelWithoutThemComparesRanks) {
  const fs::path folder = project("compare_scores");
  const Json found =
      line_of(run_laurel("compare run foreign --data ratings.jsonl --json -", folder));
  EXPECT_EQ(found["compared_metric"], "spearman");
  const Json asked = line_of(
      run_laurel("compare run foreign --data ratings.jsonl --metric pearson --json -", folder));
  EXPECT_EQ(asked["compared_metric"], "pearson");
  const Outcome flipped =
      run_laurel("compare run foreign --data ratings.jsonl --rows flipped.jsonl", folder);
  EXPECT_THAT(flipped.err, HasSubstr("--rows: scores are neither right nor wrong, so that no row "
                                     "flips and the file is empty"));
  EXPECT_EQ(read_file(folder / "flipped.jsonl"), "");
}

TEST(Compare, RefusesWithWhatToDo) {
  const fs::path folder = project("compare_refused");
  const auto message = [&](const std::string& arguments, int code) {
    return errors_of(arguments, folder, code);
  };
  EXPECT_THAT(message("compare run --data held_out.jsonl", 2),
              HasSubstr("found one model, expected two or more: laurel compare A B --data FILE"));
  EXPECT_THAT(message("compare run foreign", 2),
              HasSubstr("--data: not given, expected the rows to compare on"));
  EXPECT_THAT(
      message("compare run nothing --data held_out.jsonl", 4),
      AllOf(HasSubstr("nothing: found neither such a folder"), Not(HasSubstr("precision: "))))
      << "before the first model is read";
  EXPECT_THAT(message("compare run foreign --steps", 2),
              HasSubstr("--steps: found 2 models, expected one run"));
  EXPECT_THAT(message("compare foreign --steps", 2),
              HasSubstr("--steps: foreign is not the folder of a run"));
  EXPECT_THAT(
      message("compare run/final --steps", 2),
      AllOf(HasSubstr("--steps: run/final is not the folder of a run; it is a model of that "
                      "in "),
            HasSubstr("/run\n")));
  EXPECT_THAT(message("compare run foreign --data held_out.jsonl --metric ''", 2),
              HasSubstr("--metric: found \"\", expected one of the metrics of such rows: "));
  EXPECT_THAT(message("compare run --steps --format ranked", 2),
              HasSubstr("--format: found it without --data, expected --data FILE; the run's own "
                        "rows are read as its config says"));
  EXPECT_THAT(message("compare run --steps --source ratings", 2),
              HasSubstr("--source: found \"ratings\", expected one of the run's sources that have "
                        "rows to evaluate: pairs; or --data FILE"));
  EXPECT_THAT(message("compare run foreign --data held_out.jsonl --metric auc", 2),
              HasSubstr("--metric: found \"auc\", expected one of the metrics of such rows: "
                        "accuracy, ties, "));
  EXPECT_THAT(message("compare run foreign --data held_out.jsonl --rows held_out.jsonl", 2),
              HasSubstr("--rows: found held_out.jsonl, which is the input held_out.jsonl"));
  EXPECT_THAT(message("compare run --steps --rows held_out.jsonl", 2),
              AllOf(HasSubstr("--rows: found held_out.jsonl, which is the input "),
                    HasSubstr("held_out.jsonl; expected another file")))
      << "the run's own";
  EXPECT_THAT(message("compare run foreign --data held_out.jsonl --json foreign/a.json", 2),
              HasSubstr("--json: found foreign/a.json, in the model's folder"));
  EXPECT_THAT(message("compare run foreign --step 4 --data held_out.jsonl", 2),
              HasSubstr("unknown option --step; did you mean --steps?"));
  write_lines(folder / "unlabelled.jsonl",
              {{{"prompt", "p "}, {"chosen", "a"}, {"rejected", "b"}, {"weight", 0}}});
  EXPECT_THAT(message("compare run foreign --data unlabelled.jsonl", 3),
              HasSubstr("no row is left to compare: of 1 none has a label and is read by all "
                        "models; laurel eval MODEL DATA says for each why rows are dropped"));
}

TEST(Compare, RefusesARunWithOneCheckpointAndAPipe) {
  const fs::path folder = tiny_project("compare_few");
  write_file(folder / "config.json", tiny_config({pair_source()}, 2).dump());
  ASSERT_EQ(train(folder).code, 0);
  const Outcome few = run_laurel("compare run --steps", folder);
  EXPECT_EQ(few.code, 8);
  EXPECT_THAT(few.err, HasSubstr("--steps found 1 checkpoint, expected two or more; a run keeps "
                                 "train.keep_last of them"));
  ASSERT_EQ(std::system(str("mkfifo '", (folder / "pipe").string(), "'").c_str()), 0);
  const Outcome pipe = run_laurel("compare run run --data pipe", folder);
  EXPECT_EQ(pipe.code, 3);
  EXPECT_THAT(pipe.err,
              HasSubstr("pipe: found a pipe, expected a file: each model reads the rows"));
}

TEST(Compare, RefusesModelsOfOtherAttributes) {
  Json source = rating_source();
  source["attributes"] = {"score", "clarity"};
  const fs::path folder = tiny_project("compare_attributes");
  std::vector<Json> rows = tiny_ratings(16);
  for (Json& row : rows) row["clarity"] = 1;
  rows[0]["clarity"] = 2;
  write_lines(folder / "ratings.jsonl", rows);
  write_file(folder / "config.json", tiny_config({source}, 2).dump());
  ASSERT_EQ(train(folder).code, 0);
  make_tiny_model(folder / "foreign", "blocks", true);
  const Outcome outcome = run_laurel("compare run foreign --data ratings.jsonl", folder);
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  EXPECT_THAT(outcome.err,
              HasSubstr("foreign: found scores of one score without a name, expected score, "
                        "clarity as of run: models are compared on the same scores"));
}

}  // namespace
}  // namespace laurel::compare_test
