// A run that was interrupted ends as one that was not, and says where it starts.
#include <gmock/gmock.h>

#include <csignal>
#include <fstream>

#include "checkpoint/checkpoints.h"
#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::resume_test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

// Two sources, one active in a part of the run; shuffling, packing, sharing, evaluation, bf16 where
// the CPU has it; every step is saved and all are kept.
Json mixed_config(int steps) {
  Json config = tiny_config({pair_source(), rating_source()}, steps);
  config["sources"][0]["share"] = 2;
  config["sources"][1]["share"] = 1;
  config["sources"][1]["active"] = {{"from", 0.2}, {"to", 0.7}};
  Json& train = config["train"];
  train["shuffle"] = true;
  train["precision"] = "auto";
  train["tokens_per_micro_batch"] = 256;
  train["schedule"] = {{"type", "cosine"}};
  train["eval_every"] = 5;
  train["save_every"] = 1;
  train["keep_last"] = 1000;
  return config;
}

// metrics.jsonl without what tells the time.
std::vector<Json> metrics_of(const fs::path& run) {
  std::vector<Json> lines = lines_of(run / "metrics.jsonl");
  for (Json& line : lines) {
    for (const char* key : {"time", "seconds", "data_wait"}) line.erase(key);
  }
  return lines;
}

TEST(Resume, AfterAnyStepOfAMixedRunGivesTheSameMetricsAndBits) {
  const fs::path folder = tiny_project("resume_every_step");
  const int steps = 20;
  write_file(folder / "config.json", mixed_config(steps).dump());
  ASSERT_EQ(train(folder).code, 0);
  const std::vector<Json> expected = metrics_of(folder / "run");
  const std::string weights = read_file(folder / "run/final/model.safetensors");
  ASSERT_EQ(checkpoints_in(folder / "run").size(), 20);
  fs::rename(folder / "run", folder / "whole");
  for (int step = 1; step < steps; ++step) {
    make_killed_run(folder, step);
    const Outcome outcome = train(folder, "--set run.resume=auto");
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(str("starts at step ", step, ", from ")));
    EXPECT_EQ(metrics_of(folder / "run"), expected) << "behind step " << step;
    EXPECT_EQ(read_file(folder / "run/final/model.safetensors"), weights) << "behind step " << step;
    EXPECT_EQ(
        read_file(folder / "run/checkpoints" / checkpoint_name(steps) / "training.safetensors"),
        read_file(folder / "whole/checkpoints" / checkpoint_name(steps) / "training.safetensors"));
  }
}

TEST(Resume, FromAnOlderCheckpointRenamesLaterOnes) {
  const fs::path folder = tiny_project("resume_older");
  write_file(folder / "config.json", mixed_config(6).dump());
  ASSERT_EQ(train(folder).code, 0);
  const std::vector<Json> expected = metrics_of(folder / "run");
  ASSERT_EQ(train(folder, "--set run.resume=run/checkpoints/step-00000004").code, 0);
  EXPECT_EQ(metrics_of(folder / "run"), expected);
  EXPECT_THAT(checkpoints_in(folder / "run"), testing::Contains("step-00000005.earlier-1"));
  EXPECT_EQ(read_file(folder / "run/final/model.safetensors"),
            read_file(folder / "run/final.earlier-1/model.safetensors"));
}

TEST(Resume, ASignalSavesAndTheSameCommandResumes) {
  const fs::path folder = tiny_project("resume_signal");
  Json config = mixed_config(4000);
  config["train"]["save_every"] = 0;
  config["train"]["eval_every"] = 0;
  config["run"]["resume"] = "auto";
  write_file(folder / "config.json", config.dump());
  const auto stop_behind = [&](int step) {
    return train_until(str(R"(grep -qs '"kind":"step","step":)", step, R"(,' run/metrics.jsonl)"),
                       "TERM", folder);
  };
  const Outcome first = stop_behind(1);
  EXPECT_EQ(first.code, 75);
  EXPECT_THAT(first.err,
              AllOf(HasSubstr("stopped by signal 15 after "), HasSubstr("run.resume=auto")));
  ASSERT_FALSE(lines_of(folder / "run/metrics.jsonl").empty());
  EXPECT_EQ(lines_of(folder / "run/metrics.jsonl").back()["event"], "stopped");
  ASSERT_EQ(checkpoints_in(folder / "run").size(), 1);
  const int step = std::stoi(checkpoints_in(folder / "run")[0].substr(5));
  ASSERT_GT(step, 0);
  const Outcome second = stop_behind(step + 1);
  EXPECT_EQ(second.code, 75);
  EXPECT_THAT(second.err, HasSubstr(str("starts at step ", step, ", from ")));
  EXPECT_EQ(lines_of(folder / "run/metrics.jsonl", "step")[step]["step"], step + 1);
}

TEST(Resume, ATimeLimitStopsAndSaves) {
  const fs::path folder = tiny_project("resume_time");
  Json config = mixed_config(1000000);
  config["train"]["save_every"] = 0;
  config["run"]["max_hours"] = 1e-6;
  write_file(folder / "config.json", config.dump());
  const Outcome outcome = train(folder);
  EXPECT_EQ(outcome.code, 75);
  EXPECT_THAT(outcome.err, HasSubstr("stopped by run.max_hours after "));
  EXPECT_EQ(checkpoints_in(folder / "run").size(), 1);
}

TEST(Resume, IsRefusedWhereTheConfigTheDataOrTheModelChanged) {
  const fs::path folder = tiny_project("resume_changed");
  write_file(folder / "config.json", mixed_config(4).dump());
  ASSERT_EQ(train(folder).code, 0);
  keep_steps(folder / "run", 2);
  const auto refused = [&](const std::string& arguments) {
    const Outcome outcome = train(folder, "--set run.resume=auto " + arguments);
    EXPECT_EQ(outcome.code, 8) << outcome.err;
    return outcome.err;
  };
  EXPECT_THAT(refused("--set train.lr=0.02 --set train.save_every=3"),
              AllOf(HasSubstr("the config is not that of the run:\n  train.lr: 0.01 -> 0.02\n"),
                    HasSubstr("train.save_every: 1 -> 3")));
  EXPECT_THAT(refused("--set train.steps=5"), HasSubstr("train.steps: 4 -> 5"));  // active parts
  const std::string pairs = read_file(folder / "pairs.jsonl");
  std::string changed = pairs;
  changed.replace(changed.find("good"), 4, "fine");
  write_file(folder / "pairs.jsonl", changed);
  EXPECT_THAT(refused(""), HasSubstr("the training rows, as they are tokenised, are not what"));
  write_file(folder / "pairs.jsonl", pairs);
  const std::string model = read_file(folder / "model/config.json");
  write_file(folder / "model/config.json", model + "\n");
  EXPECT_THAT(refused(""), HasSubstr("the backbone's config.json is not what"));
  write_file(folder / "model/config.json", model);
  EXPECT_EQ(train(folder, "--set run.resume=required").code, 0);
}

TEST(Resume, AnotherThreadCountIsReportedAndTheDataOrderStays) {
  const fs::path folder = tiny_project("resume_threads");
  write_file(folder / "config.json", mixed_config(6).dump());
  ASSERT_EQ(train(folder).code, 0);
  const std::vector<Json> expected = lines_of(folder / "run/metrics.jsonl", "step");
  keep_steps(folder / "run", 3);
  const Outcome outcome = train(folder, "--set run.resume=auto --set run.threads=1");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("workers 2 -> 1"), HasSubstr("threads 2 -> 1"),
                                 HasSubstr("Data order is unchanged")));
  const std::vector<Json> found = lines_of(folder / "run/metrics.jsonl", "step");
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(found[i]["tokens"], expected[i]["tokens"]);
    EXPECT_EQ(found[i]["groups"], expected[i]["groups"]);
    EXPECT_NEAR(found[i]["loss"].get<double>(), expected[i]["loss"].get<double>(), 0.05);
  }
}

TEST(Resume, ALongerRunResumesAfterTheEndOfAShorterOne) {
  const fs::path folder = tiny_project("resume_longer");
  Json config = mixed_config(3);
  config["sources"][1].erase("active");
  config["train"]["precision"] = "fp32";  // auto times products, and may choose otherwise next time
  config["train"]["schedule"] = {{"type", "constant"}};
  write_file(folder / "config.json", config.dump());
  ASSERT_EQ(train(folder).code, 0);
  const std::string short_end = read_file(folder / "run/final/model.safetensors");
  const Outcome done = train(folder, "--set run.resume=auto");
  EXPECT_EQ(done.code, 0);
  EXPECT_THAT(done.err, HasSubstr("the run is complete, nothing is left to do"));
  ASSERT_EQ(train(folder, "--set run.resume=auto --set train.steps=5").code, 0);
  EXPECT_EQ(read_file(folder / "run/final.earlier-1/model.safetensors"), short_end);
  const std::string longer = read_file(folder / "run/final/model.safetensors");
  fs::remove_all(folder / "run");
  ASSERT_EQ(train(folder, "--set train.steps=5").code, 0);
  EXPECT_EQ(read_file(folder / "run/final/model.safetensors"), longer);
  const Outcome shorter = train(folder, "--set run.resume=auto --set train.steps=2");
  EXPECT_EQ(shorter.code, 8);
  EXPECT_THAT(shorter.err, HasSubstr("is of step 5, but the run has 2 steps"));
}

// A value of six rows is not better or worse than one of twelve.
TEST(Resume, ForgetsTheBestStepOfOtherRowsOfEvaluation) {
  const fs::path folder = tiny_project("resume_other_eval");
  Json config = tiny_config({pair_source()}, 3);
  config["train"]["schedule"] = {{"type", "constant"}};
  config["train"]["eval_every"] = 1;
  config["train"]["save_every"] = 1;
  config["train"]["keep_best"] = "pairs.log_loss";
  write_file(folder / "config.json", config.dump());
  ASSERT_EQ(train(folder).code, 0);
  std::vector<Json> rows = lines_of(folder / "held_out.jsonl");
  rows.resize(rows.size() / 2);
  write_lines(folder / "held_out.jsonl", rows);
  const Outcome outcome = train(folder, "--set run.resume=auto --set train.steps=5");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err,
              HasSubstr("the rows of evaluation are not those of the steps so far: the "
                        "best step so far is forgotten"));
  const Json last = Json::parse(read_file(folder / "run/checkpoints/step-00000005/run.json"));
  EXPECT_GE(last["best"]["step"], 4);
}

}  // namespace
}  // namespace laurel::resume_test
