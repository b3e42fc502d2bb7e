// What a run saves while it goes on, what it keeps, and what can be made of it.
#include <gmock/gmock.h>

#include <fstream>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::checkpoints_test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

namespace fs = std::filesystem;

Outcome train(const fs::path& folder, const Json& config, const std::string& arguments = "") {
  write_file(folder / "config.json", config.dump());
  return run_laurel("train config.json " + arguments, folder);
}

Json saving_config(int steps, int every) {
  Json config = tiny_config({pair_source()}, steps);
  config["train"]["save_every"] = every;
  return config;
}

TEST(Checkpoints, AreModelsAndTheLastOneEqualsTheFinalModel) {
  const fs::path folder = tiny_project("checkpoints_models");
  ASSERT_EQ(train(folder, saving_config(6, 3)).code, 0);
  EXPECT_THAT(checkpoints_in(folder / "run"), ElementsAre("step-00000003", "step-00000006"));
  for (const char* file : {"model.safetensors", "training.safetensors", "run.json", "config.json",
                           "reward_config.json", "tokenizer.json", "manifest.json"}) {
    EXPECT_TRUE(fs::exists(folder / "run/checkpoints/step-00000003" / file)) << file;
  }
  ASSERT_EQ(run_laurel("export run last --step last", folder).code, 0);
  EXPECT_EQ(read_file(folder / "last/model.safetensors"),
            read_file(folder / "run/export/model.safetensors"));
  ASSERT_EQ(run_laurel("export run third --step 3", folder).code, 0);
  EXPECT_EQ(run_laurel("score third held_out.jsonl -", folder).out,
            run_laurel("score run/checkpoints/step-00000003 held_out.jsonl -", folder).out);
  EXPECT_NE(read_file(folder / "third/model.safetensors"),
            read_file(folder / "last/model.safetensors"));
}

TEST(Checkpoints, MissingOnesAreReportedWithTheAvailableSteps) {
  const fs::path folder = tiny_project("checkpoints_missing");
  ASSERT_EQ(train(folder, saving_config(4, 2)).code, 0);
  const Outcome none = run_laurel("export run out --step 3", folder);
  EXPECT_EQ(none.code, 8);
  EXPECT_THAT(none.err,
              HasSubstr("has no checkpoint of step 3; its checkpoints are of the steps 2, 4"));
  const Outcome best = run_laurel("export run out --step best", folder);
  EXPECT_THAT(best.err, HasSubstr("has no best checkpoint: train.keep_best chooses it"));
  EXPECT_EQ(run_laurel("export run out --step first", folder).code, 2);
  EXPECT_EQ(run_laurel("export model out --step last", folder).code, 2);
}

TEST(Checkpoints, TheNewestAndTheBestAreKept) {
  const fs::path folder = tiny_project("checkpoints_best");
  Json config = saving_config(12, 2);
  config["train"]["lr"] = 0.02;
  config["train"]["eval_every"] = 2;
  config["train"]["keep_last"] = 1;
  config["train"]["keep_best"] = "pairs.brier";
  ASSERT_EQ(train(folder, config).code, 0);
  double least = 1e9;
  int best = 0;
  for (const Json& line : lines_of(folder / "run/metrics.jsonl", "eval")) {
    const double value = line["metrics"]["brier"]["value"];
    if (value < least) best = line["step"].get<int>();
    least = std::min(least, value);
  }
  const Json last = Json::parse(read_file(folder / "run/checkpoints/step-00000012/run.json"));
  EXPECT_EQ(last["best"]["step"], best);
  EXPECT_EQ(last["best"]["value"], least);
  EXPECT_EQ(checkpoints_in(folder / "run").size(), best == 12 ? 1 : 2);
  ASSERT_EQ(run_laurel("export run best --step best", folder).code, 0);
  EXPECT_EQ(run_laurel("eval best held_out.jsonl", folder).code, 0);
}

// With a rate at which the best step is not the last.
Json best_config(int steps, const char* metric) {
  Json config = saving_config(steps, 1);
  config["train"]["lr"] = 0.05;
  config["train"]["eval_every"] = 1;
  config["train"]["keep_last"] = 1;
  config["train"]["keep_best"] = metric;
  return config;
}

Json best_of(const fs::path& run, const char* newest) {
  return Json::parse(read_file(run / "checkpoints" / newest / "run.json"))["best"];
}

TEST(Checkpoints, TheBestIsTheSameIfTheRunStopsAtEveryStep) {
  const fs::path folder = tiny_project("checkpoints_best_stopped");
  const Json config = best_config(8, "pairs.log_loss");
  ASSERT_EQ(train(folder, config).code, 0);
  const Json best = best_of(folder / "run", "step-00000008");
  fs::rename(folder / "run", folder / "whole");
  Outcome outcome{.code = 75};
  int starts = 0;
  for (; outcome.code == 75 && starts < 20; ++starts) {
    outcome = train(folder, config, "--set run.resume=auto --set run.max_hours=1e-9");
  }
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_GE(starts, 8);
  EXPECT_EQ(best_of(folder / "run", "step-00000008"), best);
  EXPECT_EQ(checkpoints_in(folder / "run"), checkpoints_in(folder / "whole"));
}

TEST(Checkpoints, TheBestIsChosenAgainForAnotherMetric) {
  const fs::path folder = tiny_project("checkpoints_best_changed");
  ASSERT_EQ(train(folder, best_config(4, "pairs.log_loss")).code, 0);
  const Json before = best_of(folder / "run", "step-00000004");
  ASSERT_EQ(train(folder, best_config(6, "pairs.accuracy"), "--set run.resume=auto").code, 0);
  const Json after = best_of(folder / "run", "step-00000006");
  EXPECT_GE(after["step"].get<int>(), 5);
  int evaluations = 0;
  for (const Json& line : lines_of(folder / "run/metrics.jsonl", "eval")) {
    if (line["step"] != after["step"]) continue;
    EXPECT_EQ(line["metrics"]["accuracy"]["value"], after["value"]);
    ++evaluations;
  }
  EXPECT_EQ(evaluations, 1);
}

TEST(Checkpoints, AStepWhereTheMetricIsNotDefinedIsNotTheBest) {
  const fs::path folder = tiny_project("checkpoints_best_undefined");
  write_lines(folder / "one.jsonl", {tiny_ratings(3).back()});
  Json config = best_config(2, "ratings.pearson");
  config["sources"] = {rating_source()};
  const Outcome none = train(folder, config);
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.err, HasSubstr("but ratings has no rows to evaluate"));
  config["sources"][0]["eval"] = {"one.jsonl"};
  const Outcome undefined = train(folder, config);
  EXPECT_EQ(undefined.code, 0) << undefined.err;
  EXPECT_THAT(undefined.err, HasSubstr("step 1: ratings.pearson is not defined here"));
  EXPECT_TRUE(best_of(folder / "run", "step-00000002").is_null());
}

TEST(Checkpoints, KeepBestIsCheckedBeforeTraining) {
  const fs::path folder = tiny_project("checkpoints_options");
  Json config = saving_config(12, 5);
  config["train"]["eval_every"] = 2;
  config["train"]["keep_best"] = "pairs.longer_wins";
  const Outcome outcome = train(folder, config);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("train.keep_best: found \"pairs.longer_wins\", expected a source and "
                              "a metric that says which model is better"),
                    HasSubstr("needs an eval_every that divides save_every (5)")));
  config["train"]["keep_best"] = "pair.accuracy";
  EXPECT_THAT(train(folder, config).err,
              HasSubstr("found \"pair.accuracy\", where nothing is called \"pair\" (did you mean "
                        "\"pairs\"?), expected a source"));
}

TEST(Checkpoints, SavingDoesNotChangeTraining) {
  const fs::path folder = tiny_project("checkpoints_change_nothing");
  ASSERT_EQ(train(folder, saving_config(5, 0)).code, 0);
  EXPECT_THAT(checkpoints_in(folder / "run"), ElementsAre("step-00000005"));  // the end
  const std::string weights = read_file(folder / "run/final/model.safetensors");
  ASSERT_EQ(train(folder, saving_config(5, 1), "--overwrite").code, 0);
  EXPECT_EQ(read_file(folder / "run/final/model.safetensors"), weights);
}

TEST(Checkpoints, ADamagedOneIsReportedAndThePreviousOneUsed) {
  const fs::path folder = tiny_project("checkpoints_damaged");
  ASSERT_EQ(train(folder, saving_config(6, 2)).code, 0);
  const std::string weights = read_file(folder / "run/final/model.safetensors");
  for (const char* made : {"final", "export"}) fs::remove_all(folder / "run" / made);
  const fs::path newest = folder / "run/checkpoints/step-00000006/training.safetensors";
  fs::resize_file(newest, fs::file_size(newest) - 1);
  const Outcome outcome = train(folder, saving_config(6, 2), "--set run.resume=auto");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("step-00000006/training.safetensors: found "),
                                 HasSubstr("starts at step 4, from ")));
  EXPECT_EQ(read_file(folder / "run/final/model.safetensors"), weights);
}

TEST(Checkpoints, IfAllAreDamagedTheRunDoesNotStartOver) {
  const fs::path folder = tiny_project("checkpoints_all_damaged");
  ASSERT_EQ(train(folder, saving_config(2, 1)).code, 0);
  for (const char* step : {"step-00000001", "step-00000002"}) {
    fs::remove(folder / "run/checkpoints" / step / "model.safetensors");
  }
  for (const char* made : {"final", "export"}) fs::remove_all(folder / "run" / made);
  const Outcome outcome = train(folder, saving_config(2, 1), "--set run.resume=auto");
  EXPECT_EQ(outcome.code, 8);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("this checkpoint is damaged, and so is the other in "),
                    HasSubstr("; there is no whole checkpoint to resume from: restore one from a "
                              "copy, or start again in another run.folder or with --overwrite")));
}

TEST(Checkpoints, AutoStartsInAnEmptyFolderAndRefusesAForeignOne) {
  const fs::path folder = tiny_project("checkpoints_auto");
  fs::create_directories(folder / "run");
  EXPECT_EQ(train(folder, saving_config(1, 0), "--set run.resume=required").code, 8);
  EXPECT_EQ(train(folder, saving_config(1, 0), "--set run.resume=auto").code, 0);
  fs::remove_all(folder / "run");
  fs::create_directories(folder / "run");
  write_file(folder / "run/thesis.txt", "mine");
  const Outcome foreign = train(folder, saving_config(1, 0), "--set run.resume=auto");
  EXPECT_EQ(foreign.code, 8);
  EXPECT_THAT(foreign.err, HasSubstr("is not empty and not the folder of a run"));
  EXPECT_EQ(train(folder, saving_config(1, 0), "--set run.resume=sometimes").code, 2);
  EXPECT_EQ(train(folder, saving_config(1, 0), "--set run.resume=auto --overwrite").code, 2);
}

TEST(Checkpoints, ASecondProcessInTheSameFolderIsRefused) {
  const fs::path folder = tiny_project("checkpoints_lock");
  write_file(folder / "config.json", saving_config(1000000, 0).dump());
  const std::string start =
      str("cd '", folder, "' && XDG_CACHE_HOME=\"$PWD/cache\" '", LAUREL_BINARY_DIR,
          "/laurel' train config.json 2>/dev/null & echo $! > '", (folder / "pid").string(), "'");
  ASSERT_EQ(std::system(start.c_str()), 0);
  while (!fs::exists(folder / "run/log.txt")) {
  }
  for (const char* arguments : {"", "--overwrite", "--set run.resume=auto"}) {
    const Outcome second = run_laurel(str("train config.json ", arguments), folder);
    EXPECT_EQ(second.code, 8);
    EXPECT_THAT(second.err, HasSubstr("is training in this folder"));
  }
  std::system(str("kill -9 $(cat '", (folder / "pid").string(), "')").c_str());
}

}  // namespace
}  // namespace laurel::checkpoints_test
