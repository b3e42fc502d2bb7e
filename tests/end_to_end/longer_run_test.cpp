// A finished run that goes on for longer, that has no checkpoint, or whose outputs are damaged.
#include <gmock/gmock.h>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::longer_run_test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

// 24 pairs in steps of 5: the last step of an epoch has 4.
Json epochs_config(int epochs) {
  Json config = tiny_config({pair_source()}, 1);
  config["train"].erase("steps");
  config["train"]["epochs"] = epochs;
  config["train"]["batch_size"] = 5;
  config["train"]["shuffle"] = true;
  config["train"]["schedule"] = {{"type", "linear"}, {"warmup", 0}, {"final", 0}};
  return config;
}

void write_config(const fs::path& folder, const Json& config) {
  write_file(folder / "config.json", config.dump());
}

TEST(LongerRun, MoreEpochsFollowTheShortLastStepOfTheFirst) {
  const fs::path folder = tiny_project("longer_epochs");
  write_config(folder, epochs_config(1));
  ASSERT_EQ(train(folder).code, 0);
  EXPECT_THAT(checkpoints_in(folder / "run"), ElementsAre("step-00000005"));
  write_config(folder, epochs_config(2));
  const Outcome longer = train(folder, "--set run.resume=required");
  ASSERT_EQ(longer.code, 0) << longer.err;
  // Linear from 0.01 to 0: in step 5 of 5 a fifth of it is left, in step 6 of 10 a half.
  EXPECT_THAT(longer.err, AllOf(HasSubstr("starts at step 5, from "),
                                HasSubstr("the run has 10 steps now, not 5; the learning rate was "
                                          "0.002 in step 5 and is 0.005 in step 6"),
                                HasSubstr("this is not the run that 10 steps from the start")));
  const std::vector<Json> steps = lines_of(folder / "run/metrics.jsonl", "step");
  ASSERT_EQ(steps.size(), 10);
  EXPECT_EQ(steps[4]["groups"]["pairs"], 4);
  EXPECT_EQ(steps[5]["groups"]["pairs"], 5);
  EXPECT_EQ(steps[9]["groups"]["pairs"], 4);
  EXPECT_EQ(steps[9]["epoch"], 2);
  EXPECT_NEAR(steps[5]["lr"].get<double>(), 0.005, 1e-12);
  const std::string done = weights(folder / "run/final");

  // Stopped on its way, it ends with the same bits.
  fs::remove_all(folder / "run");
  write_config(folder, epochs_config(1));
  ASSERT_EQ(train(folder).code, 0);
  write_config(folder, epochs_config(2));
  int code = 75;
  for (int starts = 0; code == 75 && starts < 9; ++starts) {
    code = train(folder, "--set run.resume=auto --set run.max_hours=1e-9").code;
  }
  EXPECT_EQ(code, 0);
  EXPECT_EQ(weights(folder / "run/final"), done);
  EXPECT_THAT(train(folder, "--set run.resume=auto").err, HasSubstr("nothing is left to do"));
}

TEST(LongerRun, StepsMayFollowEpochs) {
  const fs::path folder = tiny_project("longer_mixed");
  write_config(folder, epochs_config(1));
  ASSERT_EQ(train(folder).code, 0);
  const Outcome longer =
      train(folder, "--set run.resume=auto --set train.epochs=null --set train.steps=7");
  ASSERT_EQ(longer.code, 0) << longer.err;
  const std::vector<Json> steps = lines_of(folder / "run/metrics.jsonl", "step");
  ASSERT_EQ(steps.size(), 7);
  EXPECT_EQ(steps[6]["groups"]["pairs"], 5);
}

TEST(LongerRun, WithoutACheckpointNothingBeginsAnew) {
  const fs::path folder = tiny_project("longer_nothing_left");
  write_config(folder, tiny_config({pair_source()}, 3));
  ASSERT_EQ(train(folder).code, 0);
  fs::remove_all(folder / "run/checkpoints");
  const std::string metrics = read_file(folder / "run/metrics.jsonl");
  const std::string model = weights(folder / "run/final");
  for (const char* resume : {"auto", "required"}) {
    const std::string set = str("--set run.resume=", resume);
    EXPECT_THAT(train(folder, set).err, HasSubstr("nothing is left to do"));
    const Outcome refused = train(folder, set + " --set train.steps=6");
    EXPECT_EQ(refused.code, 8);
    EXPECT_THAT(refused.err,
                AllOf(HasSubstr("run: is complete after 3 steps and has no checkpoint left to go "
                                "on from to 6"),
                      HasSubstr("model.path "), HasSubstr("--overwrite")));
  }
  EXPECT_EQ(read_file(folder / "run/metrics.jsonl"), metrics);
  EXPECT_EQ(weights(folder / "run/final"), model);
  // What the message offers.
  const Outcome further = train(folder, "--set run.folder=further --set model.path=run");
  EXPECT_EQ(further.code, 0) << further.err;
  EXPECT_NE(weights(folder / "further/final"), model);
  fs::remove_all(folder / "run/final");  // and its export alone
  const Outcome exported = train(folder, "--set run.resume=auto");
  EXPECT_EQ(exported.code, 8);
  EXPECT_THAT(exported.err, HasSubstr("has an export/, but neither final/ nor a checkpoint"));
  EXPECT_EQ(train(folder, "--overwrite").code, 0);
}

Json best_config() {
  Json config = tiny_config({pair_source()}, 8);
  config["train"].update({{"lr", 0.05},
                          {"save_every", 1},
                          {"eval_every", 1},
                          {"keep_last", 1},
                          {"keep_best", "pairs.log_loss"},
                          {"final", "best"}});
  return config;
}

TEST(LongerRun, FinalMayBeTheBestStep) {
  const fs::path folder = tiny_project("final_best");
  Json without = best_config();
  without["train"].erase("keep_best");
  write_config(folder, without);
  EXPECT_THAT(train(folder).err, HasSubstr("train.final: found \"best\" without train.keep_best"));
  write_config(folder, best_config());
  const Outcome outcome = train(folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  int64_t best = 0;
  double least = 1e9;
  for (const Json& line : lines_of(folder / "run/metrics.jsonl", "eval")) {
    const double value = line["metrics"]["log_loss"]["value"];
    if (value < least) best = line["step"].get<int64_t>();
    least = std::min(least, value);
  }
  ASSERT_NE(best, 8);
  EXPECT_THAT(outcome.err, HasSubstr(str("best step: ", best, " of 8, with pairs.log_loss ")));
  EXPECT_THAT(outcome.err, HasSubstr("; final/ has its weights"));
  const fs::path checkpoints = folder / "run/checkpoints";
  EXPECT_EQ(weights(folder / "run/final"), weights(checkpoints / str("step-0000000", best)));
  EXPECT_EQ(weights(folder / "run/final"), weights(folder / "run/export"));
  EXPECT_EQ(Json::parse(read_file(folder / "run/final/run.json"))["weights_of_step"], best);
  EXPECT_FALSE(fs::exists(folder / "run/final/training.safetensors"));
  EXPECT_THAT(train(folder, "--set run.resume=auto").err, HasSubstr("nothing is left to do"));
  const std::string other = "--set run.resume=auto --set train.keep_best=pairs.accuracy";
  const Outcome unknown = train(folder, other);
  EXPECT_EQ(unknown.code, 8) << "the best step by another metric is not known";
  EXPECT_THAT(unknown.err, HasSubstr("train.final: found \"best\", but the run in "));
  EXPECT_THAT(unknown.err, HasSubstr("restore train.keep_best, or set train.final=last"));
  const Outcome last = train(folder, "--set run.resume=auto --set train.final=last");
  EXPECT_EQ(last.code, 0);
  EXPECT_THAT(last.err, HasSubstr(str("has the weights of step ", best)));
  EXPECT_EQ(weights(folder / "run/final"), weights(checkpoints / "step-00000008"));
}

void damage(const fs::path& file) { fs::resize_file(file, fs::file_size(file) - 1); }

TEST(LongerRun, ADamagedFinalIsWrittenAgainFromTheLastCheckpoint) {
  const fs::path folder = tiny_project("final_damaged");
  write_config(folder, tiny_config({pair_source()}, 3));
  ASSERT_EQ(train(folder).code, 0);
  const std::string model = weights(folder / "run/final");
  const std::vector<std::string> files{"model.safetensors", "run.json", "config.json"};
  for (const std::string& file : files) {
    damage(folder / "run/final" / file);
    EXPECT_THAT(run_laurel("check config.json --set run.resume=auto", folder).err,
                HasSubstr("run/final/" + file));
    const Outcome again = train(folder, "--set run.resume=auto");
    ASSERT_EQ(again.code, 0) << again.err;
    EXPECT_THAT(again.err, AllOf(HasSubstr("run/final/" + file),
                                 HasSubstr("final/ and export/ are written again, from "),
                                 HasSubstr("starts at step 3, from "), HasSubstr("\ndone: ")));
    EXPECT_EQ(weights(folder / "run/final"), model);
  }
  EXPECT_EQ(lines_of(folder / "run/metrics.jsonl", "step").size(), 3);
  EXPECT_EQ(lines_of(folder / "run/metrics.jsonl").back()["event"], "end");
  damage(folder / "run/final/model.safetensors");
  fs::remove_all(folder / "run/checkpoints");
  const Outcome lost = train(folder, "--set run.resume=auto");
  EXPECT_EQ(lost.code, 8);
  EXPECT_THAT(lost.err, AllOf(HasSubstr("model.safetensors: found "),
                              HasSubstr("no checkpoint is left to write it from")));
}

TEST(LongerRun, ADamagedExportIsWrittenAgainFromFinal) {
  const fs::path folder = tiny_project("export_damaged");
  write_config(folder, tiny_config({pair_source()}, 2));
  ASSERT_EQ(train(folder).code, 0);
  const std::string exported = weights(folder / "run/export");
  fs::remove(folder / "run/export/tokenizer.json");
  const Outcome again = train(folder, "--set run.resume=auto");
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(
      again.err,
      AllOf(HasSubstr("run/export/tokenizer.json"), HasSubstr("the export is written again, from "),
            HasSubstr("renamed to export.earlier-1"), Not(HasSubstr("nothing is left to do"))));
  EXPECT_EQ(weights(folder / "run/export"), exported);
  EXPECT_THAT(train(folder, "--set run.resume=auto").err, HasSubstr("nothing is left to do"));
}

}  // namespace
}  // namespace laurel::longer_run_test
