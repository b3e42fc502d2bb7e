// Silent bugs of resumed runs.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <map>

#include "checkpoint/checkpoints.h"
#include "checkpoint/training_tensors.h"
#include "core/str.h"
#include "data/batches/batch_sampler.h"
#include "data/tiny.h"
#include "silent_bugs/runs.h"
#include "support/random_model.h"
#include "train/optimizer.h"

namespace laurel::resume_test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

// Resuming repeats or skips rows: each step in its own process, over three epochs of two sources
// that end within steps.
TEST(SilentBugs, ResumingAfterAnyStepUsesEveryRowOncePerEpoch) {
  const std::vector<SourceData> sources{test::source_of("a", 11), test::source_of("b", 6, 1)};
  const BatchOptions options{.batch_size = 4};
  const RunLength length = run_length(sources, 4, std::nullopt, 3.0);
  std::vector<std::pair<SourceId, uint64_t>> rows;
  SamplerState state;
  for (int64_t step = 0; step < length.steps; ++step) {
    BatchPrefetcher batches(sources, options, {}, length, 1, state);
    const GlobalBatch plan = batches.next().global;
    for (const Group* group : plan.groups) rows.emplace_back(group->source, group->id);
    state = plan.after;
  }
  ASSERT_EQ(rows.size(), 3 * 17u);
  std::vector<std::vector<std::pair<SourceId, uint64_t>>> epochs;
  for (size_t epoch = 0; epoch < 3; ++epoch) {
    std::map<std::pair<SourceId, uint64_t>, int> times;
    for (size_t i = 17 * epoch; i < 17 * (epoch + 1); ++i) ++times[rows[i]];
    EXPECT_EQ(times.size(), 17u);
    for (const auto& [row, n] : times) EXPECT_EQ(n, 1) << row.second << " in " << epoch;
    epochs.emplace_back(rows.begin() + 17 * epoch, rows.begin() + 17 * (epoch + 1));
  }
  EXPECT_NE(epochs[0], epochs[1]);  // each in an order of its own
  EXPECT_NE(epochs[1], epochs[2]);
}

void fill_gradients(Parameters& parameters, int64_t seed) {
  at::manual_seed(static_cast<uint64_t>(seed));
  for (ParameterBuffer& buffer : parameters.buffers()) {
    for (const TensorSpec& spec : buffer.layout.tensors) {
      view(buffer.gradient, spec).normal_();
    }
  }
}

Parameters model_with(double moments) {
  RewardModel model = random_model(small_config("llama"), 1, at::kFloat);
  for (ParameterBuffer& buffer : model.parameters().buffers()) {
    buffer.moment1.fill_(moments);
    buffer.moment2.fill_(moments);
  }
  return model.parameters();
}

// One update of each of these.
void update(Optimizer& optimizer, Parameters& parameters, int64_t from, int64_t to) {
  for (int64_t i = from; i < to; ++i) {
    fill_gradients(parameters, i);
    optimizer.mark_seen(at::tensor({i, i + 3}, at::kInt));
    optimizer.step(0.01, at::ones({1}, at::kDouble));
  }
}

// The optimizer is restored partially: decays that are not the defaults, into buffers that hold
// something else.
TEST(SilentBugs, AResumedOptimizerKeepsItsStepMomentsAndOptions) {
  const OptimizerOptions options{.betas = {0.5, 0.9}, .eps = 1e-3, .max_grad_norm = 0.7};
  const fs::path file = scratch_folder("silent_optimizer") / "training.safetensors";
  Parameters whole = model_with(0);
  Optimizer unbroken(options, whole, 1);
  update(unbroken, whole, 0, 3);
  const OptimizerState state = unbroken.state();
  EXPECT_EQ(state.updates, 3);
  write_training_tensors(file, whole, state.seen_rows);
  Parameters resumed = model_with(7);
  resumed.backbone.weights.copy_(whole.backbone.weights);
  resumed.head.weights.copy_(whole.head.weights);
  OptimizerState read{.updates = state.updates};
  read.seen_rows = read_training_tensors(file, resumed);
  Optimizer again(options, resumed, 1, 0, read);
  update(unbroken, whole, 3, 6);
  update(again, resumed, 3, 6);
  for (size_t i = 0; i < 2; ++i) {
    const ParameterBuffer &found = resumed.buffers()[i], &expected = whole.buffers()[i];
    EXPECT_EQ(found.moment2.scalar_type(), at::kFloat);
    for (const TensorSpec& spec : found.layout.tensors) {
      EXPECT_TRUE(at::equal(view(found.weights, spec), view(expected.weights, spec))) << spec.name;
      EXPECT_TRUE(at::equal(view(found.moment2, spec), view(expected.moment2, spec))) << spec.name;
    }
  }
}

Json saving_config(int steps) {
  Json config = tiny_config({pair_source()}, steps);
  config["train"]["save_every"] = 1;
  config["train"]["keep_last"] = 3;
  return config;
}

// Cleanup removes the wrong checkpoints: another run's folder with a higher number, folders that
// this run set aside, and a limit of one.
TEST(SilentBugs, RemovingOldCheckpointsLeavesTheNewestAndForeignFolders) {
  const fs::path folder = tiny_project("silent_retention");
  steps_of_run(folder, saving_config(2));
  fs::rename(folder / "run", folder / "other");
  steps_of_run(folder, saving_config(6));
  const fs::path checkpoints = folder / "run/checkpoints";
  fs::copy(folder / "other/checkpoints/step-00000002", checkpoints / "step-00000999");
  fs::create_directories(checkpoints / "step-notes");
  const Outcome outcome = run_laurel(
      "train config.json --set run.resume=run/checkpoints/step-00000004 --set train.keep_last=1",
      folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  std::vector<std::string> left;
  for (const auto& spec : fs::directory_iterator(checkpoints)) {
    left.push_back(spec.path().filename());
  }
  EXPECT_THAT(left, Contains("step-00000006"));
  EXPECT_THAT(left, Contains(HasSubstr("step-00000999")));
  EXPECT_THAT(left, Contains("step-00000006.earlier-1"));
  EXPECT_THAT(left, Contains("step-notes"));
  EXPECT_THAT(left, Not(Contains("step-00000005")));  // it had room for one
  const RunFolder run{folder / "run"};
  const NewestCheckpoint newest = find_newest_checkpoint(run, run_id(run).value());
  EXPECT_EQ(newest.checkpoint->step, 6);
}

// An incomplete checkpoint is loaded: whichever file did not get to the disk.
TEST(SilentBugs, AnIncompleteCheckpointIsNotUsed) {
  const fs::path folder = tiny_project("silent_partial");
  steps_of_run(folder, saving_config(2));
  const RunFolder run{folder / "run"};
  const std::string id = run_id(run).value();
  const fs::path newest = folder / "run/checkpoints/step-00000002", kept = folder / "kept";
  ASSERT_EQ(find_newest_checkpoint(run, id).checkpoint->step, 2);
  fs::copy(newest, kept);
  int files = 0;
  for (const auto& spec : fs::directory_iterator(kept)) {
    const fs::path file = newest / spec.path().filename();
    for (const bool torn : {false, true}) {
      if (torn) {
        fs::resize_file(file, fs::file_size(file) / 2);
      } else {
        fs::remove(file);
      }
      const NewestCheckpoint found = find_newest_checkpoint(run, id);
      ASSERT_TRUE(found.checkpoint.has_value());
      EXPECT_EQ(found.checkpoint->step, 1) << file;
      EXPECT_EQ(found.damaged.size(), 1u);
      fs::copy_file(spec.path(), file, fs::copy_options::overwrite_existing);
    }
    ++files;
  }
  EXPECT_GE(files, 7);
  EXPECT_EQ(find_newest_checkpoint(run, id).checkpoint->step, 2);
}

}  // namespace
}  // namespace laurel::resume_test
