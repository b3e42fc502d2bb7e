// train.average: what evaluations, final/, export/ and checkpoints have, and that training goes on
// without it.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "checkpoint/checkpoints.h"
#include "checkpoint/safetensors.h"
#include "core/error.h"
#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::moving_average_test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

constexpr double kDecay = 0.3;  // reached in the fourth update: 2/11, 3/12, 4/13

const Json kAverage = {{"ema", {{"decay", kDecay}}}};

// Every step is saved and all are kept; the order of rows is drawn; evaluated twice between steps.
Json average_config(int steps, const Json& source = pair_source()) {
  Json config = tiny_config({source}, steps);
  Json& train = config["train"];
  train["average"] = kAverage;
  train["shuffle"] = true;
  train["precision"] = "fp32";
  train["save_every"] = 1;
  train["keep_last"] = 1000;
  train["eval_every"] = 2;
  return config;
}

fs::path checkpoint(const fs::path& run, int step) {
  return run / "checkpoints" / checkpoint_name(step);
}

at::Tensor read(const SafetensorsFile& file, const std::string& name) {
  const TensorInfo* const info = file.find(name);
  if (!info) {
    ADD_FAILURE() << "no " << name;
    return at::zeros({1});
  }
  const at::Tensor tensor = at::empty(info->shape);
  file.read(*info, tensor);
  return tensor;
}

SafetensorsFile training_of(const fs::path& folder) {
  return SafetensorsFile(folder / "training.safetensors", ErrorKind::checkpoint);
}

at::Tensor tensor_of(const fs::path& model, const std::string& name) {
  return read(SafetensorsFile(model / "model.safetensors"), name);
}

double decay_of_update(int n) { return n == 1 ? 0 : std::min(kDecay, n / (n + 9.0)); }

// The model of every checkpoint is the average of the weights of all so far, by the recursion in
// fp64.
void expect_averages(const fs::path& run, int steps) {
  std::map<std::string, at::Tensor> expected;
  const std::vector<std::string> names = ShardedSafetensors(run / "final").names();
  ASSERT_FALSE(names.empty());
  for (int n = 1; n <= steps; ++n) {
    const SafetensorsFile training = training_of(checkpoint(run, n));
    for (const std::string& name : names) {
      const at::Tensor weights = read(training, name + ".weights").to(at::kDouble);
      const double d = decay_of_update(n);
      at::Tensor& average = expected[name];
      average = n == 1 ? weights : d * average + (1 - d) * weights;
      const double scale = average.abs().max().item<double>();
      const at::Tensor error = tensor_of(checkpoint(run, n), name) - average;
      EXPECT_LE(error.abs().max().item<double>(), 2e-7 * scale) << name << " after " << n;
      if (n == steps && !name.ends_with("embed_tokens.weight")) {  // of rows that are in use
        EXPECT_GT((average - weights).abs().max().item<double>(), 1e-4 * scale) << name;
      }
    }
  }
  EXPECT_EQ(weights(run / "final"), weights(checkpoint(run, steps)));
}

// Of the last evaluation of the run.
Json evaluated(const fs::path& run) { return lines_of(run / "metrics.jsonl", "eval").back(); }

Json metrics_of(const fs::path& folder, const std::string& model) {
  const Outcome outcome =
      run_laurel(str("eval ", model, " held_out.jsonl --json eval.json"), folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return Json::parse(read_file(folder / "eval.json")).at("metrics");
}

// The farthest that the values of two evaluations lie apart: packed otherwise, sums are rounded
// otherwise.
double difference(const Json& a, const Json& b) {
  EXPECT_EQ(a.size(), b.size());
  double farthest = 0;
  for (const auto& [name, metric] : a.items()) {
    EXPECT_EQ(metric["value"].is_null(), b.at(name)["value"].is_null()) << name;
    if (metric["value"].is_null()) continue;
    const double x = metric["value"], y = b.at(name)["value"];
    farthest = std::max(farthest, std::abs(x - y));
  }
  return farthest;
}

TEST(MovingAverage, IsWhatIsEvaluatedSavedAndExportedAndTrainingGoesOnWithoutIt) {
  constexpr int kSteps = 6;
  const fs::path folder = trained_project("moving_average", average_config(kSteps)),
                 run = folder / "run";
  expect_averages(run, kSteps);
  EXPECT_EQ(evaluated(run)["weights"], "fp32; moving average");
  EXPECT_LE(difference(evaluated(run)["metrics"], metrics_of(folder, "run")), 1e-6);
  EXPECT_LE(difference(evaluated(run)["metrics"], metrics_of(folder, "run/export")), 1e-6);
  EXPECT_EQ(Json::parse(read_file(run / "final/run.json"))["average_decay"], kDecay);
  EXPECT_THAT(read_file(run / "log.txt"),
              HasSubstr("average: evaluations, final/ and export/ have the moving average of what "
                        "is trained, with decay 0.3 (train.average)"));
  ASSERT_EQ(train(folder, "--set train.average=last --set run.folder=last").code, 0);
  for (int n = 1; n <= kSteps; ++n) {
    const SafetensorsFile with = training_of(checkpoint(run, n)),
                          without = training_of(checkpoint(folder / "last", n));
    for (const TensorInfo& info : without.tensors()) {
      if (info.dtype != "F32") continue;
      EXPECT_TRUE(at::equal(read(with, info.name), read(without, info.name))) << info.name;
    }
    for (const std::string& name : ShardedSafetensors(folder / "last/final").names()) {
      EXPECT_TRUE(at::equal(read(with, name + ".weights"),
                            tensor_of(checkpoint(folder / "last", n), name)));
    }
  }
  const auto losses = [](const fs::path& of) {
    std::vector<Json> found;
    for (const Json& line : lines_of(of / "metrics.jsonl", "step")) found.push_back(line["loss"]);
    return found;
  };
  EXPECT_EQ(losses(run), losses(folder / "last"));
  EXPECT_EQ(evaluated(folder / "last")["weights"], "fp32");
  EXPECT_GT(difference(evaluated(folder / "last")["metrics"], evaluated(run)["metrics"]), 1e-4);
  EXPECT_THAT(read_file(folder / "last/log.txt"), Not(HasSubstr("average:")));
}

// bf16 where the CPU has it, with rows of the embedding that no step has had yet.
TEST(MovingAverage, ResumedAfterAnyStepARunEndsBitForBitAsUninterrupted) {
  for (const auto& [name, parts] :
       {std::pair<std::string, Json>{"all", "all"}, {"lora", {{"lora", {{"rank", 4}}}}}}) {
    constexpr int kSteps = 5;
    Json config = average_config(kSteps);
    config["model"]["train"] = parts;
    config["train"]["precision"] = "auto";
    const fs::path folder = trained_project("moving_average_resume_" + name, config);
    fs::rename(folder / "run", folder / "whole");
    for (int step = 1; step < kSteps; ++step) {
      make_killed_run(folder, step);
      const Outcome outcome = train(folder, "--set run.resume=auto");
      ASSERT_EQ(outcome.code, 0) << outcome.err;
      EXPECT_EQ(weights(folder / "run/final"), weights(folder / "whole/final")) << name << step;
      const fs::path last = checkpoint("", kSteps) / "training.safetensors";
      EXPECT_EQ(read_file(folder / "run" / last), read_file(folder / "whole" / last));
      EXPECT_EQ(evaluated(folder / "run")["metrics"], evaluated(folder / "whole")["metrics"]);
    }
    keep_steps(folder / "run", 2);
    const Outcome other = train(folder, "--set run.resume=auto --set train.average=last");
    EXPECT_EQ(other.code, 8);
    EXPECT_THAT(other.err, HasSubstr("train.average: "));
  }
}

TEST(MovingAverage, OfAdaptersIsMergedIntoTheExport) {
  Json config = average_config(4);
  config["model"]["train"] = {{"lora", {{"rank", 4}, {"alpha", 8}}}};
  const fs::path folder = trained_project("moving_average_lora", config), run = folder / "run";
  EXPECT_THAT(ShardedSafetensors(run / "final").names(),
              AllOf(Contains("score.weight"), Contains(HasSubstr("lora_B")),
                    Not(Contains(HasSubstr("embed")))));
  expect_averages(run, 4);
  EXPECT_LE(difference(evaluated(run)["metrics"], metrics_of(folder, "run/export")), 1e-5);
}

// The cut points of an ordinal loss.
TEST(MovingAverage, IsAlsoThatOfNumbersThatLossesLearn) {
  constexpr int kSteps = 5;
  Json source = rating_source();
  source["loss"] = {{"type", "ordinal"}, {"levels", 5}};
  source["eval"] = {"ratings.jsonl"};
  const fs::path folder = trained_project("moving_average_numbers", average_config(kSteps, source)),
                 run = folder / "run";
  at::Tensor expected;
  for (int n = 1; n <= kSteps; ++n) {
    const SafetensorsFile training = training_of(checkpoint(run, n));
    const at::Tensor numbers = read(training, "loss_parameters").to(at::kDouble);
    const double d = decay_of_update(n);
    expected = n == 1 ? numbers : d * expected + (1 - d) * numbers;
    const Json config = Json::parse(read_file(checkpoint(run, n) / "reward_config.json"));
    const auto found = config["sources"][0]["loss_parameters"].get<std::vector<double>>();
    ASSERT_EQ(static_cast<int64_t>(found.size()), expected.numel());
    EXPECT_LE((at::tensor(found, at::kDouble) - expected).abs().max().item<double>(), 1e-6);
    if (n < kSteps) continue;
    EXPECT_GT((numbers - expected).abs().max().item<double>(), 1e-4);
  }
  EXPECT_EQ(read_file(checkpoint(run, kSteps) / "reward_config.json"),
            read_file(run / "final/reward_config.json"));
  fs::copy_file(folder / "ratings.jsonl", folder / "held_out.jsonl",
                fs::copy_options::overwrite_existing);
  EXPECT_LE(difference(evaluated(run)["metrics"], metrics_of(folder, "run")), 1e-6);
}

TEST(MovingAverage, ChoosesTheBestStepAndFinalHasItsAverage) {
  Json config = average_config(6);
  config["train"]["eval_every"] = 1;
  config["train"]["keep_best"] = "pairs.log_loss";
  config["train"]["final"] = "best";
  config["train"]["lr"] = 0.2;  // so much that a later step is worse
  config["train"]["schedule"] = {{"type", "constant"}};
  const fs::path folder = trained_project("moving_average_best", config), run = folder / "run";
  const Json state = Json::parse(read_file(checkpoint(run, 6) / "run.json"));
  const int best = state["best"]["step"];
  EXPECT_EQ(weights(run / "final"), weights(checkpoint(run, best)));
  EXPECT_NEAR(metrics_of(folder, "run")["log_loss"]["value"], state["best"]["value"], 1e-6);
}

// Step 3 is skipped: weights and average stay, and the second update's rate waits for step 4.
TEST(MovingAverage, StaysWhereAnUpdateIsSkippedAndAReplayHasTheWeights) {
  const fs::path folder = tiny_project("moving_average_skip");
  std::vector<Json> ratings = tiny_ratings(16);
  ratings[9]["score"] = 3e38;
  write_lines(folder / "ratings.jsonl", ratings);
  Json config = average_config(4, rating_source());
  config["train"]["shuffle"] = false;
  config["train"]["eval_every"] = 0;
  config["train"]["nan_budget"] = 1;
  write_file(folder / "config.json", config.dump());
  ASSERT_EQ(train(folder).code, 0);
  const fs::path run = folder / "run";
  EXPECT_EQ(weights(checkpoint(run, 3)), weights(checkpoint(run, 2)));
  EXPECT_NE(weights(checkpoint(run, 2)), weights(checkpoint(run, 1)));
  const double d = decay_of_update(3);  // of the third update, in step 4
  const std::string name = "score.weight";
  const at::Tensor expected =
      d * tensor_of(checkpoint(run, 2), name).to(at::kDouble) +
      (1 - d) * read(training_of(checkpoint(run, 4)), name + ".weights").to(at::kDouble);
  EXPECT_LE((tensor_of(checkpoint(run, 4), name) - expected).abs().max().item<double>(), 1e-7);

  const auto replay = [&](const std::string& average, const std::string& to) {
    const Outcome stopped = train(
        folder,
        str("--set train.nan_budget=0 --set train.average=", average, " --set run.folder=", to));
    EXPECT_EQ(stopped.code, 6);
    const Outcome replayed =
        run_laurel(str("check --replay ", to, "/nonfinite-step-00000003.json"), folder);
    EXPECT_EQ(replayed.code, 6) << replayed.err;
    return replayed.out.substr(replayed.out.find('\n'));  // after the name of the checkpoint
  };
  const std::string with = replay("ema", "with"), without = replay("last", "without");
  EXPECT_THAT(with, HasSubstr("ratings.jsonl:10: the rewards are finite, the loss is not"));
  EXPECT_EQ(with, without);
}

TEST(MovingAverage, IsSaidByCheckWithItsMemoryAndDisk) {
  const fs::path folder = tiny_project("moving_average_check");
  write_file(folder / "config.json", average_config(2).dump());
  const Outcome with = run_laurel("check config.json", folder),
                without = run_laurel("check config.json --set train.average=last", folder);
  ASSERT_EQ(with.code, 0) << with.err;
  EXPECT_THAT(with.out,
              AllOf(HasSubstr("average: evaluations, final/ and export/ have the moving "),
                    HasSubstr("weights, gradients, moments and average")));
  EXPECT_THAT(without.out,
              AllOf(Not(HasSubstr("average:")), HasSubstr("weights, gradients and moments")));
  const auto disk = [](const std::string& out) { return out.substr(out.find("disk: ")); };
  EXPECT_NE(disk(with.out), disk(without.out));
  const Outcome wrong = run_laurel("check config.json --set train.average.ema.decay=1", folder);
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("train.average.ema.decay: found 1, expected at most 0.99999"));
  EXPECT_EQ(run_laurel("check config.json --set train.average=ema", folder).code, 0);
}

}  // namespace
}  // namespace laurel::moving_average_test
