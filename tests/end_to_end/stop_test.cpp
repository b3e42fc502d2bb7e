// Signals and limits that come early, and what a stopped run goes on with.
#include <gmock/gmock.h>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::stop_test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

namespace fs = std::filesystem;

// The shell's tests of when to send a signal. Handlers are there long before rows have been read.
constexpr const char* kPreparing =
    "grep -Eqs '^SigCgt:.*[4-7c-f][2367abef][0-9a-f]{2}$' /proc/$pid/status";  // TERM and USR1
constexpr const char* kFirstEvaluation = "grep -qs 'starts at step 0' run/log.txt";
constexpr const char* kEvaluationBehindStep2 =
    R"(grep -qs '"kind":"step","step":2,' run/metrics.jsonl)";

// Reading the rows of one of the files takes its time.
fs::path slow_project(const std::string& name, const std::string& file, int steps) {
  const fs::path folder = tiny_project(name);
  write_lines(folder / file, tiny_pairs(10000));
  Json config = tiny_config({pair_source()}, steps);
  config["data"] = {{"cache", false}};
  write_file(folder / "config.json", config.dump());
  return folder;
}

size_t lines_in(const fs::path& folder, const std::string& kind) {
  return lines_of(folder / "run/metrics.jsonl", kind).size();
}

TEST(Stopping, WhileInputsAreReadChangesNothing) {
  const fs::path folder = slow_project("stop_preparing", "pairs.jsonl", 3);
  const Outcome first = train_until(kPreparing, "TERM", folder);
  EXPECT_EQ(first.code, 75) << first.err;
  EXPECT_THAT(first.err, HasSubstr("stopped by signal 15 before its first step: there is nothing "
                                   "to save; to start again: the same command\n"));
  EXPECT_FALSE(fs::exists(folder / "run"));
  EXPECT_EQ(train(folder).code, 0);
  EXPECT_EQ(train_until(kPreparing, "TERM", folder, "--overwrite").code, 75);
  EXPECT_TRUE(fs::exists(folder / "run/export"));  // of the run that was to be replaced
}

TEST(Stopping, ASaveRequestWhileInputsAreReadIsDeferred) {
  const fs::path folder = slow_project("stop_save_early", "pairs.jsonl", 3);
  const Outcome trained = train_until(kPreparing, "USR1", folder);
  EXPECT_EQ(trained.code, 0) << trained.err;
  EXPECT_THAT(checkpoints_in(folder / "run"), ElementsAre("step-00000001", "step-00000003"));
  fs::remove_all(folder / "run/export");
  const Outcome exported = train_until(kPreparing, "USR1", folder, "--set run.resume=auto");
  EXPECT_EQ(exported.code, 0) << exported.err;
  EXPECT_TRUE(fs::exists(folder / "run/export"));
}

TEST(Stopping, DuringTheFirstEvaluationLeavesARunThatStartsOver) {
  const fs::path folder = slow_project("stop_first_evaluation", "held_out.jsonl", 4);
  const Outcome stopped = train_until(kFirstEvaluation, "TERM", folder);
  EXPECT_EQ(stopped.code, 75) << stopped.err;
  EXPECT_THAT(stopped.err,
              HasSubstr("stopped by signal 15 before its first step: there is nothing to save; to "
                        "start again: the same command with --set run.resume=auto"));
  EXPECT_FALSE(fs::exists(folder / "run/checkpoints"));
  EXPECT_EQ(lines_in(folder, "step"), 0u);
  const Outcome again = train(folder, "--set run.resume=auto --set train.eval_every=0");
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("starts at step 0: "));
  EXPECT_EQ(lines_in(folder, "step"), 4u);
}

TEST(Stopping, DuringAnEvaluationTakesNoFurtherStepAndKeepsTheResult) {
  const fs::path folder = slow_project("stop_evaluation", "held_out.jsonl", 1000);
  const std::string every = "--set train.eval_every=2 ";
  const Outcome stopped = train_until(kEvaluationBehindStep2, "TERM", folder, every);
  EXPECT_EQ(stopped.code, 75) << stopped.err;
  EXPECT_THAT(stopped.err, HasSubstr("stopped by signal 15 after 2 of 1000 steps; saved "));
  EXPECT_THAT(checkpoints_in(folder / "run"), ElementsAre("step-00000002"));
  EXPECT_EQ(lines_in(folder, "step"), 2u);
  EXPECT_EQ(lines_in(folder, "eval"), 1u);
  const Outcome resumed =
      train(folder, "--set run.resume=auto --set train.steps=3 --set train.eval_every=0");
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(lines_in(folder, "step"), 3u);
  EXPECT_EQ(lines_in(folder, "eval"), 1u);
}

TEST(Stopping, ATimeLimitAllowsOneStepPerStart) {
  const fs::path folder = tiny_project("stop_time");
  Json config = tiny_config({pair_source()}, 2);
  config["run"]["max_hours"] = 1e-9;
  write_file(folder / "config.json", config.dump());
  const Outcome first = train(folder);
  EXPECT_EQ(first.code, 75);
  EXPECT_THAT(first.err, HasSubstr("stopped by run.max_hours after 1 of 2 steps"));
  EXPECT_THAT(checkpoints_in(folder / "run"), ElementsAre("step-00000001"));
  EXPECT_EQ(train(folder, "--set run.resume=auto").code, 0);
}

TEST(Stopping, IsNotResumedWithAnotherTokenizerOrTemplate) {
  const fs::path folder = tiny_project("stop_template"), model = folder / "model";
  Json config = tiny_config({pair_source()}, 2);
  config["run"]["max_hours"] = 1e-9;
  write_file(folder / "config.json", config.dump());
  ASSERT_EQ(train(folder).code, 75);
  const auto refused = [&] {
    const Outcome outcome = train(folder, "--set run.resume=auto");
    EXPECT_EQ(outcome.code, 8) << outcome.err;
    return outcome.err;
  };
  const std::string given = read_file(model / "tokenizer_config.json");
  Json changed = Json::parse(given);
  const std::string chat_template = changed["chat_template"];
  changed["chat_template"] = chat_template + " ";
  write_file(model / "tokenizer_config.json", changed.dump(1));
  EXPECT_THAT(refused(), AllOf(HasSubstr("the backbone's tokenizer_config.json is not what the run "
                                         "started with: found SHA-256 "),
                               HasSubstr("...; restore it, or start a new run in another")));
  write_file(model / "tokenizer_config.json", given);
  write_file(model / "chat_template.jinja", chat_template);
  EXPECT_THAT(refused(), AllOf(HasSubstr("the backbone's chat_template.jinja is not what the run "
                                         "started with: found SHA-256 "),
                               HasSubstr("..., expected none; restore it")));
  fs::remove(model / "chat_template.jinja");
  EXPECT_EQ(train(folder, "--set run.resume=auto").code, 0);
}

}  // namespace
}  // namespace laurel::stop_test
