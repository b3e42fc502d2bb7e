// What a run says while it goes on and when it ends, and what others read of it.
#include <gmock/gmock.h>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::progress_test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

void write_config(const fs::path& folder, const Json& config) {
  write_file(folder / "config.json", config.dump());
}

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(Progress, StepsHaveAccuracyAndRewardsBySourceAndEvaluationsRewards) {
  const fs::path folder = tiny_project("progress_numbers");
  Json config = tiny_config({pair_source(), rating_source()}, 6);
  config["sources"][1]["eval"] = {"ratings.jsonl"};
  write_config(folder, config);
  const Outcome outcome = train(folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::vector<Json> steps = lines_of(folder / "run/metrics.jsonl", "step");
  EXPECT_TRUE(steps[0]["accuracy"].contains("pairs"));
  EXPECT_FALSE(steps[0]["accuracy"].contains("ratings"));
  EXPECT_GT(steps[0]["rewards"]["pairs"]["deviation"], 0);
  EXPECT_TRUE(steps[0]["rewards"]["ratings"].contains("mean"));
  const std::vector<Json> evaluations = lines_of(folder / "run/metrics.jsonl", "eval");
  ASSERT_EQ(evaluations.size(), 4);
  EXPECT_GT(evaluations[0]["rewards"]["deviation"], 0);
  EXPECT_THAT(
      outcome.err,
      AllOf(ContainsRegex("step 1/6  loss [0-9.]+ \\(pairs [0-9.]+, accuracy [0-9.]+, reward"),
            ContainsRegex("rewards -?[0-9.]+ ± [0-9.]+"),
            ContainsRegex("summary: loss [0-9.]+ in step 1, [0-9.]+ in step 6"),
            ContainsRegex("pairs: accuracy [0-9.]+ \\(the longer answer: [0-9.]+\\)"),
            ContainsRegex("ratings: mse [0-9.]+ \\(the mean score for all: [0-9.]+\\)"),
            HasSubstr("next: laurel eval run ROWS.jsonl, laurel score run"),
            HasSubstr("\ndone: model in run/final, ")));
}

// One pair that is always right: accuracy 1 when the reward of the better answer is larger.
TEST(Progress, AccuracyIsThatOfTheStepsPairs) {
  const fs::path folder = tiny_project("progress_accuracy");
  Json config = tiny_config({pair_source()}, 30);
  write_config(folder, config);
  ASSERT_EQ(train(folder).code, 0);
  const std::vector<Json> steps = lines_of(folder / "run/metrics.jsonl", "step");
  EXPECT_EQ(steps.back()["accuracy"]["pairs"], 1);
}

TEST(Progress, LogEveryKeepsALineEveryNSteps) {
  const fs::path folder = tiny_project("progress_log_every");
  write_config(folder, tiny_config({pair_source()}, 10));
  EXPECT_EQ(count_of(train(folder, "--set train.log_every=3").err, "\nstep "), 5);  // 1 3 6 9 10
  EXPECT_EQ(count_of(train(folder, "--overwrite --set train.log_every=1").err, "\nstep "), 10);
}

Json early_config() {
  Json config = tiny_config({pair_source()}, 400);
  config["train"].update({{"lr", 0.05},
                          {"eval_every", 1},
                          {"stop_early", {{"metric", "pairs.log_loss"}, {"patience", 2}}}});
  return config;
}

TEST(Progress, ARunWhoseMetricNoLongerImprovesEndsEarlyAndIsComplete) {
  const fs::path folder = tiny_project("progress_early");
  write_config(folder, early_config());
  const Outcome outcome = train(folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::vector<Json> evaluations = lines_of(folder / "run/metrics.jsonl", "eval");
  const auto log_loss = [&](size_t i) -> double {
    return evaluations[i]["metrics"]["log_loss"]["value"];
  };
  const size_t last = evaluations.size() - 1;
  ASSERT_LT(last, 399);
  EXPECT_GE(log_loss(last), log_loss(last - 2));
  EXPECT_GE(log_loss(last - 1), log_loss(last - 2));
  const int64_t step = evaluations[last]["step"];
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr(str("stopped early, after ", step, " of 400 steps: pairs.log_loss")),
                    HasSubstr(str("after step ", step - 2)), HasSubstr("\ndone: ")));
  EXPECT_EQ(lines_of(folder / "run/metrics.jsonl").back()["event"], "end");
  const std::string model = weights(folder / "run/final");
  EXPECT_THAT(train(folder, "--set run.resume=auto").err, HasSubstr("nothing is left to do"));

  // With more patience it goes on from its last checkpoint.
  const Outcome patient = train(folder, "--set run.resume=auto --set train.stop_early.patience=3");
  EXPECT_EQ(patient.code, 0) << patient.err;
  EXPECT_THAT(patient.err, HasSubstr(str("starts at step ", step, ", from ")));

  // Stopped after every step, it ends where it did.
  fs::remove_all(folder / "run");
  int code = 75;
  for (int starts = 0; code == 75 && starts < 100; ++starts) {
    code = train(folder, "--set run.resume=auto --set run.max_hours=1e-9").code;
  }
  EXPECT_EQ(code, 0);
  EXPECT_EQ(weights(folder / "run/final"), model);
  // Without it, the run goes on to its last step.
  const std::string longer =
      str("--set run.resume=auto --set train.stop_early=null --set "
          "train.eval_every=0 --set train.steps=",
          step + 2);
  EXPECT_EQ(train(folder, longer).code, 0);
  EXPECT_EQ(lines_of(folder / "run/metrics.jsonl", "step").back()["step"], step + 2);
}

TEST(Progress, StopEarlyIsCheckedBeforeTraining) {
  const fs::path folder = tiny_project("progress_early_options");
  Json config = early_config();
  config["train"].erase("eval_every");
  config["train"]["stop_early"]["metric"] = "pairs.loss";
  write_config(folder, config);
  const Outcome outcome = train(folder);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(
      outcome.err,
      AllOf(HasSubstr("train.stop_early.metric: found \"pairs.loss\", expected a source and"),
            HasSubstr("train.stop_early: needs train.eval_every")));
}

// On a terminal of 60 columns: what standard error shows.
std::string on_terminal(const fs::path& folder, const std::string& environment) {
  const std::string command =
      str("cd '", folder, "' && CUDA_VISIBLE_DEVICES= XDG_CACHE_HOME=\"$PWD/cache\" ", environment,
          " script -qec \"stty cols 60; '", LAUREL_BINARY_DIR,
          "/laurel' train config.json --overwrite\" terminal.txt >/dev/null </dev/null");
  EXPECT_EQ(std::system(command.c_str()), 0);
  return read_file(folder / "terminal.txt");
}

TEST(Progress, ATerminalHasOneLineThatDoesNotScrollAndColourOnlyForWarnings) {
  if (std::system("command -v script >/dev/null") != 0) GTEST_SKIP() << "needs util-linux' script";
  const fs::path folder = tiny_project("progress_terminal");
  write_config(folder, tiny_config({pair_source()}, 12));  // at a rate that check remarks on
  const std::string shown = on_terminal(folder, "");
  const std::string clear = "\r\033[K";
  EXPECT_GT(count_of(shown, clear + "step "), 0);
  for (size_t at = shown.find(clear); at != shown.npos; at = shown.find(clear, at + 1)) {
    const size_t begin = at + clear.size();
    const size_t end = shown.find_first_of("\r\n", begin);
    if (end != shown.npos && shown[end] == '\r' && shown[end + 1] == '\033') {
      EXPECT_LT(end - begin, 80) << shown.substr(begin, end - begin);  // bytes of 59 code points
    }
  }
  EXPECT_THAT(shown, HasSubstr("\033[33m\033[1mwarning: "));
  EXPECT_THAT(shown, Not(HasSubstr("\033[32m")));
  EXPECT_THAT(on_terminal(folder, "NO_COLOR=1"), Not(HasSubstr("\033[33m")));
  EXPECT_THAT(read_file(folder / "run/log.txt"), Not(HasSubstr("\033")));
}

TEST(Progress, TensorBoardReadsWhatMetricsHold) {
  const fs::path python = fs::path(LAUREL_SOURCE_DIR) / ".deps/peer/bin/python3";
  const std::string probe = str("'", python, "' -c 'import tensorboard' 2>/dev/null");
  if (std::system(probe.c_str()) != 0) {
    GTEST_SKIP() << "needs tensorboard in .deps/peer (scripts/setup_peer.sh)";
  }
  const fs::path folder = tiny_project("progress_tensorboard");
  Json config = tiny_config({pair_source(), rating_source()}, 8);
  config["train"]["eval_every"] = 2;
  config["train"]["save_every"] = 4;
  write_config(folder, config);
  ASSERT_EQ(train(folder).code, 0);
  // Back to step 4 and on: what was written after it counts no more.
  ASSERT_EQ(train(folder, "--set run.resume=run/checkpoints/step-00000004").code, 0);
  const std::string compare =
      str("'", python, "' '", LAUREL_SOURCE_DIR, "/scripts/check_tensorboard.py' '", folder,
          "/run' >'", folder, "/compared.txt' 2>&1");
  const int code = std::system(compare.c_str());
  const std::string found = read_file(folder / "compared.txt");
  EXPECT_EQ(code, 0) << found;
  EXPECT_THAT(found, HasSubstr("8 steps, "));
}

}  // namespace
}  // namespace laurel::progress_test
