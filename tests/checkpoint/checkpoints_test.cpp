// Which checkpoints there are, which is the newest whole one, and which may go.
#include "checkpoint/checkpoints.h"

#include <fstream>

#include "checkpoint/manifest.h"
#include "core/files.h"
#include "tiny.h"

namespace laurel::test::checkpoints_test {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

static fs::path make(const RunFolder& run, int64_t step, const std::string& id = "this") {
  const fs::path folder = run.checkpoints() / checkpoint_name(step);
  fs::create_directories(folder);
  TrainState state{.facts = {.run = id, .environment = Json::object(), .config = Json::object()},
                   .step = step};
  state.sampler.step = step;
  write_file(folder / "run.json", json_of(state).dump());
  write_manifest(folder);
  return folder;
}

static std::vector<int64_t> steps_of(const RunFolder& run) {
  std::vector<int64_t> steps;
  for (const Checkpoint& checkpoint : list_checkpoints(run)) steps.push_back(checkpoint.step);
  return steps;
}

TEST(Checkpoints, AreFoldersNamedByStep) {
  const Scratch scratch;
  const RunFolder run{scratch.path};
  EXPECT_TRUE(list_checkpoints(run).empty());
  for (const int64_t step : {20, 3, 123456789}) make(run, step);
  for (const char* other : {"step-4", "step-00000004.tmp-17", "step-0000000x",
                            "step-00000005.trash", "step--0000005", "notes"}) {
    fs::create_directories(run.checkpoints() / other);
  }
  write_file(run.checkpoints() / "step-00000009", "a file");
  EXPECT_THAT(steps_of(run), ElementsAre(3, 20, 123456789));
  EXPECT_EQ(checkpoint_name(3), "step-00000003");
}

TEST(Checkpoints, TheNewestCompleteOneIsFoundAndDamagedOnesAreNamed) {
  const Scratch scratch;
  const RunFolder run{scratch.path};
  make(run, 10);
  const fs::path cut = make(run, 20), bare = make(run, 30), foreign = make(run, 40, "other");
  std::ofstream(cut / "run.json", std::ios::app) << " ";
  fs::remove(bare / "manifest.json");
  const NewestCheckpoint newest = find_newest_checkpoint(run, "this");
  EXPECT_EQ(newest.checkpoint->step, 10);
  EXPECT_THAT(newest.damaged, ElementsAre(HasSubstr("step-00000040: is of another run"),
                                          HasSubstr("step-00000030: has no manifest.json"),
                                          HasSubstr("step-00000020/run.json: found ")));
}

TEST(Checkpoints, RemovingOldOnesKeepsTheNewestTheBestAndForeignFolders) {
  const Scratch scratch;
  const RunFolder run{scratch.path};
  for (const int64_t step : {5, 10, 15, 20, 25}) make(run, step);
  make(run, 12, "other");
  fs::create_directories(run.checkpoints() / "step-00000001");  // without a run.json
  remove_old_checkpoints(run, {.id = "this", .keep_last = 2, .best = 10});
  EXPECT_THAT(steps_of(run), ElementsAre(1, 10, 12, 20, 25));
  remove_old_checkpoints(run, {.id = "this", .keep_last = 1, .best = {}});
  EXPECT_THAT(steps_of(run), ElementsAre(1, 12, 25));
  remove_old_checkpoints(run, {.id = "this", .keep_last = 0, .best = {}});
  EXPECT_THAT(steps_of(run), ElementsAre(1, 12, 25));
}

TEST(Checkpoints, TheOneThatAStepDumpNeedsIsKept) {
  const Scratch scratch;
  const RunFolder run{scratch.path};
  for (const int64_t step : {5, 10, 15}) make(run, step);
  write_file(run.path / "nonfinite-step-00000006.json", "{}");
  remove_old_checkpoints(run, {.id = "this", .keep_last = 1, .best = {}});
  EXPECT_THAT(steps_of(run), ElementsAre(5, 15));
}

TEST(Checkpoints, AnUnreadableFolderIsAnError) {
  const Scratch scratch;
  const RunFolder run{scratch.path};
  fs::create_symlink(scratch.path / "elsewhere", run.checkpoints());
  EXPECT_THAT(error_of(ErrorKind::checkpoint, [&] { list_checkpoints(run); }),
              HasSubstr("checkpoints: cannot be read: No such file or directory; it is a link"));
  fs::remove(run.checkpoints());
  write_file(run.checkpoints(), "a file");
  EXPECT_THAT(error_of(ErrorKind::checkpoint, [&] { list_checkpoints(run); }),
              HasSubstr("cannot be read: Not a dir"));
}

TEST(Checkpoints, LaterOnesAreRenamedNotRemoved) {
  const Scratch scratch;
  const RunFolder run{scratch.path};
  for (const int64_t step : {5, 10, 15}) make(run, step);
  fs::create_directories(run.final_folder());
  EXPECT_EQ(back_up_later_outputs(run, 5).size(), 3u);
  EXPECT_TRUE(fs::exists(run.path / "final.earlier-1"));
  EXPECT_THAT(steps_of(run), ElementsAre(5));
  make(run, 10);
  EXPECT_THAT(back_up_later_outputs(run, 5), ElementsAre(HasSubstr("step-00000010.earlier-2")));
  EXPECT_TRUE(fs::exists(run.checkpoints() / "step-00000010.earlier-1/run.json"));
}

TEST(Checkpoints, OnlyTemporaryFilesOfKilledProcessesAreRemoved) {
  const Scratch scratch;
  const RunFolder run{scratch.path};
  make(run, 5);
  for (const char* name :
       {"checkpoints/step-00000010.tmp-17", "checkpoints/step-00000003.trash", "final.tmp-17",
        "export.tmp-9", "checkpoints/step-00000010.earlier-1", "mine.tmp-3", "final.earlier-1"}) {
    fs::create_directories(run.path / name);
  }
  remove_temporary_files(run);
  EXPECT_FALSE(fs::exists(run.checkpoints() / "step-00000010.tmp-17"));
  EXPECT_FALSE(fs::exists(run.checkpoints() / "step-00000003.trash"));
  EXPECT_FALSE(fs::exists(run.path / "final.tmp-17"));
  EXPECT_FALSE(fs::exists(run.path / "export.tmp-9"));
  for (const char* kept : {"checkpoints/step-00000005", "checkpoints/step-00000010.earlier-1",
                           "mine.tmp-3", "final.earlier-1"}) {
    EXPECT_TRUE(fs::exists(run.path / kept)) << kept;
  }
}

TEST(TrainState, ComesBackAsItWas) {
  const Scratch scratch;
  TrainState state{.facts = {.run = "ab12"},
                   .step = 7,
                   .evaluated = true,
                   .optimizer = {.updates = 6, .skipped = 1},
                   .metrics_bytes = 1234};
  state.sampler = {.step = 7,
                   .groups = 28,
                   .sampled = 12,
                   .sources = {{.parts = {{1, 3}, {0, 2}}, .total_taken = 5, .taken = 4}, {}}};
  state.best = {.value = 0.1 + 0.2, .step = 5};
  state.facts.data_sha256 = "d";
  state.facts.model_sha256 = {{"config.json", "m"}};
  state.facts.config = {{"train", {{"lr", 1e-5}}}};
  state.facts.environment = {{"workers", 2}};
  write_file(scratch.path / "run.json", json_of(state).dump(2));
  const TrainState back = read_train_state(scratch.path);
  EXPECT_EQ(json_of(back), json_of(state));
  EXPECT_EQ(back.sampler, state.sampler);
  EXPECT_EQ(back.best->value, 0.1 + 0.2);
}

TEST(TrainState, MalformedFilesAreRefusedWithTheLocation) {
  const Scratch scratch;
  for (const char* text : {"{}", "[]", "{\"run\": 3}", "3"}) {
    write_file(scratch.path / "run.json", text);
    EXPECT_THAT(error_of(ErrorKind::checkpoint, [&] { read_train_state(scratch.path); }),
                HasSubstr("run.json: is not the state of a run"));
  }
}

}  // namespace laurel::test::checkpoints_test
