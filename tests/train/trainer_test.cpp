// Trainer from parts made here, without a config: what it does between its steps, where it stops,
// that it resumes with the same bits, and what it throws.
#include "train/trainer.h"

#include <ATen/ops/equal.h>
#include <gmock/gmock.h>

#include <fstream>
#include <limits>
#include <memory>
#include <optional>

#include "../checkpoint/tiny.h"
#include "checkpoint/checkpoints.h"
#include "checkpoint/training_tensors.h"

namespace laurel::test::trainer_test {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

constexpr int64_t kSteps = 4, kGroupsPerStep = 4;

// Eight pairs of four tokens, with one prompt each.
Split pairs() {
  Split split{.files = {"pairs.jsonl"}};
  for (int32_t i = 0; i < 8; ++i) {
    const PoolRange last{3, 4};
    split.groups.push_back({.responses = {{{1, 3 + i, 4, 5}, {last}}, {{1, 3 + i, 6, 7}, {last}}},
                            .label = Preferences{{.better = i % 2, .worse = 1 - i % 2}},
                            .id = static_cast<uint64_t>(i)},
                           {{2, 10}, {2, 20}});
  }
  split.report.rows = split.report.used = 8;
  return split;
}

class TrainerTest : public testing::Test {
 protected:
  TrainerTest() {
    write_tiny_model(scratch_.path / "model");
    model_ = open_model(from(scratch_.path / "model", Head::fresh));
    pad_ = choose_pad_token(*model_, open_text(*model_));
    source_.options.name = "pairs";
    source_.train = source_.eval = pairs();
    options_.batches.batch_size = kGroupsPerStep;
    options_.optimizer.lr = 1e-2;
    options_.eval_every = int64_t{2};
    options_.save_every = 2;
    options_.keep_last = 10;
  }

  // A run in a folder of its own.
  struct Run {
    Run(const fs::path& path, std::optional<double> hours, Log& log)
        : folder(create_run_folder(path, false, Json::object())),
          metrics(folder.metrics()),
          report(metrics, log, {"pairs"}, kSteps),
          limit(hours) {}

    RunFolder folder;
    MetricsFile metrics;
    RunReport report;
    TimeLimit limit;
    RewardConfig reward;
  };

  // From the beginning, or from a checkpoint.
  std::unique_ptr<Trainer> trainer(Run& run, const std::optional<fs::path>& checkpoint = {}) {
    ModelFolder folder = *model_;
    TrainState start;
    start.facts = {
        .run = run_id(run.folder).value(), .environment = Json::object(), .config = Json::object()};
    if (checkpoint) {
      folder = with_weights_of(std::move(folder), *checkpoint);
      start = read_train_state(*checkpoint);
    }
    LoadedModel loaded =
        load_model(std::move(folder), true, at::kFloat, training_state(options_.optimizer));
    if (checkpoint) {
      start.optimizer.seen_rows =
          read_training_tensors(*checkpoint / "training.safetensors", loaded.parameters);
    }
    if (spoil_) loaded.parameters.head.weights.fill_(std::numeric_limits<float>::infinity());
    Training training{.options = options_,
                      .sources = std::span(&source_, 1),
                      .objectives = {{"pairs", BradleyTerry{}}},
                      .head = {},
                      .phases = {{0, kSteps}},
                      .length = {.steps = kSteps, .groups = kSteps * kGroupsPerStep},
                      .pooling = model_->pooling};
    return std::make_unique<Trainer>(
        std::move(training), CheckpointParts{run.folder, *model_, *pad_, run.reward},
        RewardModel(loaded.folder.backbone, std::move(loaded.parameters)), std::move(start),
        run.metrics, run.report, run.limit, log_);
  }

  // The kinds and steps of what the metrics file has.
  static std::vector<std::string> lines_of(const Run& run) {
    std::vector<std::string> lines;
    std::ifstream in(run.folder.metrics());
    for (std::string line; std::getline(in, line);) {
      const Json json = Json::parse(line);
      lines.push_back(json["kind"].get<std::string>() + " " + json["step"].dump());
    }
    return lines;
  }

  static std::vector<int64_t> saved_steps(const Run& run) {
    std::vector<int64_t> steps;
    for (const Checkpoint& each : list_checkpoints(run.folder)) steps.push_back(each.step);
    std::ranges::sort(steps);
    return steps;
  }

  Scratch scratch_;
  Log log_{[](LogLevel, const std::string&) {}};
  std::optional<ModelFolder> model_;
  std::optional<PadToken> pad_;
  SourceData source_;
  TrainOptions options_;
  bool spoil_ = false;  // a head that no reward is finite with
};

TEST_F(TrainerTest, TrainsEvaluatesAndSavesWhenItIsDue) {
  Run run(scratch_.path / "run", {}, log_);
  const auto trainer = this->trainer(run);
  EXPECT_EQ(trainer->train().step, kSteps);
  EXPECT_EQ(trainer->state().optimizer.updates, kSteps);
  EXPECT_TRUE(trainer->state().evaluated);
  EXPECT_THAT(lines_of(run),
              ElementsAre("step 1", "step 2", "eval 2", "step 3", "step 4", "eval 4"));
  EXPECT_THAT(saved_steps(run), ElementsAre(2, 4));
}

TEST_F(TrainerTest, ResumedFromWhereItStoppedItEndsWithTheSameBits) {
  Run whole(scratch_.path / "whole", {}, log_), first(scratch_.path / "first", 1e-12, log_);
  const auto uninterrupted = trainer(whole);
  uninterrupted->train();
  EXPECT_EQ(trainer(first)->train().step, 1);  // the first step is always made
  ASSERT_THAT(saved_steps(first), ElementsAre(1));
  Run second(scratch_.path / "second", {}, log_);
  const auto resumed = trainer(second, first.folder.checkpoints() / checkpoint_name(1));
  EXPECT_EQ(resumed->train().step, kSteps);
  EXPECT_EQ(resumed->state().sampler, uninterrupted->state().sampler);
  EXPECT_EQ(resumed->state().optimizer.updates, uninterrupted->state().optimizer.updates);
  for (size_t i = 0; i < 2; ++i) {
    const ParameterBuffer& a = resumed->parameters().buffers()[i];
    const ParameterBuffer& b = uninterrupted->parameters().buffers()[i];
    EXPECT_TRUE(at::equal(a.weights, b.weights));
    EXPECT_TRUE(at::equal(a.moment2, b.moment2));
  }
}

// With evaluations between the steps.
TEST_F(TrainerTest, WithAnAverageTheWeightsAreTheSameAndBothComeBackBitForBit) {
  Run plain(scratch_.path / "plain", {}, log_), whole(scratch_.path / "whole", {}, log_),
      second(scratch_.path / "second", {}, log_);
  const auto without = trainer(plain);
  without->train();
  options_.optimizer.average = MovingAverage{{.decay = 0.1}};  // less than 2 / 11, 3 / 12, 4 / 13
  const auto uninterrupted = trainer(whole);
  uninterrupted->train();
  const auto resumed = trainer(second, whole.folder.checkpoints() / checkpoint_name(2));
  EXPECT_EQ(resumed->train().step, kSteps);
  for (size_t i = 0; i < 2; ++i) {
    const ParameterBuffer& a = resumed->parameters().buffers()[i];
    const ParameterBuffer& b = uninterrupted->parameters().buffers()[i];
    const ParameterBuffer& c = without->parameters().buffers()[i];
    EXPECT_TRUE(at::equal(a.weights, b.weights));
    EXPECT_TRUE(at::equal(a.average, b.average));
    EXPECT_TRUE(at::equal(c.weights, b.weights));
    EXPECT_TRUE(at::equal(c.moment2, b.moment2));
    EXPECT_FALSE(at::equal(b.average, b.weights));
    EXPECT_FALSE(c.average.defined());
  }
  const auto eval_of = [](const Run& run) {
    std::ifstream in(run.folder.metrics());
    Json last;
    for (std::string line; std::getline(in, line);) last = Json::parse(line);
    return last;
  };
  const Json averaged = eval_of(whole), last = eval_of(plain);
  EXPECT_EQ(averaged["weights"], "fp32; moving average");
  EXPECT_EQ(last["weights"], "fp32");
  EXPECT_NE(averaged["metrics"], last["metrics"]);
  EXPECT_EQ(averaged["metrics"], eval_of(second)["metrics"]);
}

TEST_F(TrainerTest, RemembersTheCheckpointThatKeepBestNames) {
  options_.keep_best = "pairs.accuracy";
  Run run(scratch_.path / "run", {}, log_);
  const auto trainer = this->trainer(run);
  trainer->train();
  ASSERT_TRUE(trainer->state().best);
  const TrainState saved = read_train_state(run.folder.checkpoints() / checkpoint_name(kSteps));
  EXPECT_EQ(saved.best->step, trainer->state().best->step);
}

TEST_F(TrainerTest, ThrowsTheStepWhoseNumbersAreNotFinite) {
  spoil_ = true;
  options_.eval_every = EvalAt::end;
  Run run(scratch_.path / "run", {}, log_);
  const auto trainer = this->trainer(run);
  try {
    trainer->train();
    FAIL() << "no step was thrown";
  } catch (const NonFiniteStep& failure) {
    EXPECT_EQ(failure.step.report.step, 1);
    EXPECT_EQ(failure.step.before.step, 0);
    EXPECT_EQ(failure.step.groups.size(), static_cast<size_t>(kGroupsPerStep));
    EXPECT_STREQ(failure.what(), "step 1 is not finite");
  }
  EXPECT_TRUE(saved_steps(run).empty());
}

TEST_F(TrainerTest, SkipsAsManySuchStepsAsItMay) {
  spoil_ = true;
  options_.eval_every = EvalAt::end;
  options_.nan_budget = 1;
  Run run(scratch_.path / "run", {}, log_);
  const auto trainer = this->trainer(run);
  try {
    trainer->train();
    FAIL() << "no step was thrown";
  } catch (const NonFiniteStep& failure) {
    EXPECT_EQ(failure.step.report.step, 2);
    EXPECT_EQ(failure.step.before.step, 1);
    EXPECT_EQ(failure.step.before.optimizer.skipped, 1);
  }
  EXPECT_THAT(lines_of(run), ElementsAre("step 1"));
}

}  // namespace
}  // namespace laurel::test::trainer_test
