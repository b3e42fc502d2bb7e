// Silent bugs of a step: accumulation, logged numbers, schedules, non-finite numbers.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "core/files.h"
#include "core/str.h"
#include "ops/cpu_features.h"
#include "silent_bugs/runs.h"
#include "support/near.h"

namespace laurel::training_test {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;
using testing::Pointwise;

namespace fs = std::filesystem;

// tiny_project, its rows with weights: a micro-batch's count is then no number of rows.
fs::path weighted_project(const std::string& name) {
  const fs::path folder = tiny_project(name);
  for (const char* const file : {"pairs.jsonl", "ratings.jsonl"}) {
    write_lines(folder / file, weighted(lines_of(folder / file), {1, 3, 0.5}));
  }
  return folder;
}

// Micro-batch means are averaged unweighted. AdamW with a large eps moves weights by rate *
// gradient / (|gradient| + eps), which shows the gradient; 13 groups of two sources, in 13
// micro-batches, a few of unequal size, and one.
TEST(SilentBugs, AStepDoesNotDependOnItsMicroBatches) {
  const fs::path folder = weighted_project("silent_accumulation");
  Json config = tiny_config({pair_source(), rating_source()}, 1);
  config["train"]["batch_size"] = 13;
  config["train"]["lr"] = 30;
  config["train"]["eps"] = 1;
  config["train"]["max_grad_norm"] = 0;
  std::map<std::string, at::Tensor> whole;
  for (const int tokens : {100000, 150, 1}) {
    steps_of_run(folder, config, str("--set train.tokens_per_micro_batch=", tokens));
    const auto weights = tensors_of(folder / "run/final");
    if (whole.empty()) whole = weights;
    for (const auto& [name, tensor] : weights) {
      EXPECT_LE(relative_error(tensor, whole.at(name)), 1e-5) << name << " " << tokens;
    }
  }
  const auto start = tensors_of(folder / "model");
  EXPECT_GT(relative_error(whole.at("model.norm.weight"), start.at("model.norm.weight")), 0.1);
}

// Logged loss grows with micro-batches: a rate of zero, compared with the rewards that `laurel
// score` gives.
TEST(SilentBugs, TheLoggedLossDoesNotDependOnMicroBatches) {
  const fs::path folder = weighted_project("silent_logged_loss");
  Json config = tiny_config({pair_source()}, 3);
  config["train"]["lr"] = 0;
  const auto losses = column(steps_of_run(folder, config), "loss");
  const auto cut =
      column(steps_of_run(folder, config, "--set train.tokens_per_micro_batch=1"), "loss");
  const std::vector<Json> rows = scored(folder, "run", "pairs.jsonl");
  for (size_t step = 0; step < 3; ++step) {
    double sum = 0, weights = 0;
    for (size_t i = 4 * step; i < 4 * step + 4; ++i) {
      const double margin =
          rows[i]["chosen_reward"].get<double>() - rows[i]["rejected_reward"].get<double>();
      sum += rows[i]["weight"].get<double>() * softplus(-margin);
      weights += rows[i]["weight"].get<double>();
    }
    EXPECT_NEAR(losses[step], sum / weights, 1e-5);
    EXPECT_NEAR(cut[step], sum / weights, 1e-5);
  }
}

// The scheduler steps too often: five steps, two of warm-up, then a line to half the peak.
TEST(SilentBugs, TheLearningRateDependsOnTheStepAlone) {
  const fs::path folder = tiny_project("silent_rate");
  Json config = tiny_config({pair_source()}, 5);
  config["train"]["schedule"] = {{"type", "linear"}, {"warmup", 0.4}, {"final", 0.5}};
  const std::vector<double> expected = {0.005, 0.01, 0.01, 0.01 * 5 / 6, 0.01 * 4 / 6};
  for (const char* const way :
       {"", "--set train.tokens_per_micro_batch=1", "--set train.batch_size=1",
        "--set run.threads=1 --set train.batch_size=9"}) {
    EXPECT_THAT(column(steps_of_run(folder, config, way), "lr"),
                Pointwise(DoubleNear(1e-12), expected))
        << way;
  }
}

// Unlogged non-finite losses go unnoticed: the third step's first row, when no line of the log is
// due.
TEST(SilentBugs, ANonFiniteNumberStopsTheRunAtItsStep) {
  const fs::path folder = tiny_project("silent_non_finite");
  std::vector<Json> ratings = tiny_ratings(16);
  ratings[8]["score"] = 3e38;
  write_lines(folder / "ratings.jsonl", ratings);
  write_file(folder / "config.json", tiny_config({rating_source()}, 4).dump());
  const Outcome outcome = run_laurel("train config.json", folder);
  EXPECT_EQ(outcome.code, 6);
  EXPECT_THAT(outcome.err, HasSubstr("step 3: "));
  EXPECT_EQ(lines_of(folder / "run/metrics.jsonl", "step").size(), 2u);
  EXPECT_FALSE(fs::exists(folder / "run/final"));
}

// bf16 weights lose small updates: a hundred updates of 1e-6, far below the step of a bf16 weight.
TEST(SilentBugs, SmallUpdatesMoveNearlyEveryMasterOfABf16Weight) {
  if (!has_fast_bf16()) GTEST_SKIP() << "bf16 is refused on this CPU";
  const fs::path folder = tiny_project("silent_small_updates");
  Json config = tiny_config({pair_source()}, 100);
  config["train"]["lr"] = 1e-6;
  config["train"]["precision"] = "bf16";
  steps_of_run(folder, config);
  const auto before = tensors_of(folder / "model"), after = tensors_of(folder / "run/final");
  int64_t moved = 0, all = 0;
  double farthest = 0;
  for (const auto& [name, tensor] : after) {
    if (!before.contains(name) || name.find("embed") != std::string::npos) continue;
    const at::Tensor distance = (tensor - before.at(name)).abs();
    moved += (distance > 0).sum().item<int64_t>();
    farthest = std::max(farthest, distance.max().item<double>());
    all += tensor.numel();
  }
  EXPECT_GT(all, 3000);
  EXPECT_GE(static_cast<double>(moved), 0.99 * static_cast<double>(all));
  EXPECT_LT(farthest, 2e-4);  // 100 updates of about lr, and no bits of a master that went lost
}

}  // namespace
}  // namespace laurel::training_test
