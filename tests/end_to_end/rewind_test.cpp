// Runs that begin at a checkpoint which is not their newest one, or not their own.
#include <gmock/gmock.h>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::rewind_test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

namespace fs = std::filesystem;

// Every step is saved and kept; the rate falls with the number of steps, so that a longer run is
// another one from its first step.
fs::path project(const std::string& name, int steps) {
  const fs::path folder = tiny_project(name);
  Json config = tiny_config({pair_source()}, steps);
  config["train"]["schedule"] = {{"type", "cosine"}};
  config["train"]["save_every"] = 1;
  config["train"]["keep_last"] = 1000;
  write_file(folder / "config.json", config.dump());
  return folder;
}

std::vector<int> steps_in(const fs::path& metrics) {
  std::vector<int> steps;
  for (const Json& line : lines_of(metrics, "step")) steps.push_back(line["step"]);
  return steps;
}

TEST(Rewind, ToARenamedCheckpointResumesFromThatOneAlone) {
  const fs::path folder = project("going_back_aside", 6), run = folder / "run";
  ASSERT_EQ(train(folder).code, 0);
  const std::string first = weights(run / "final"),
                    fourth = weights(run / "checkpoints/step-00000004");
  ASSERT_EQ(
      train(folder, "--set run.resume=run/checkpoints/step-00000002 --set train.steps=8").code, 0);
  ASSERT_NE(weights(run / "checkpoints/step-00000004"), fourth);
  const Outcome back = train(folder, "--set run.resume=run/checkpoints/step-00000004.earlier-1");
  ASSERT_EQ(back.code, 0) << back.err;
  EXPECT_EQ(weights(run / "final"), first);
  EXPECT_EQ(weights(run / "checkpoints/step-00000004"), fourth);
  EXPECT_FALSE(fs::exists(run / "checkpoints/step-00000003"));  // of the run of 8 steps
  EXPECT_THAT(steps_in(run / "metrics.jsonl"), ElementsAre(5, 6));
  EXPECT_THAT(steps_in(run / "metrics.jsonl.earlier-1"), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(steps_in(run / "metrics.jsonl.earlier-2"), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
}

TEST(Rewind, ANewRunSavesItsOriginBeforeItsFirstStep) {
  const fs::path folder = project("going_back_new", 6);
  ASSERT_EQ(train(folder).code, 0);
  const std::string begin = "--set run.folder=new --set train.save_every=0 ";
  const std::string from = begin + "--set run.resume=run/checkpoints/step-00000002";
  ASSERT_EQ(train(folder, from).code, 0);
  const fs::path fresh = folder / "new";
  EXPECT_EQ(weights(fresh / "final"), weights(folder / "run/final"));
  EXPECT_EQ(weights(fresh / "checkpoints/step-00000002"),
            weights(folder / "run/checkpoints/step-00000002"));
  const auto killed = [&] {  // before it had saved what came next
    for (const char* made : {"final", "export", "checkpoints/step-00000006"}) {
      fs::remove_all(fresh / made);
    }
  };
  killed();
  const Outcome again = train(folder, begin + "--set run.resume=auto");
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("starts at step 2, from "));
  EXPECT_EQ(weights(fresh / "final"), weights(folder / "run/final"));
  const Outcome other = train(folder, from);
  EXPECT_EQ(other.code, 8);
  EXPECT_THAT(other.err, AllOf(HasSubstr("holds another run than "), HasSubstr("run.resume=auto")));
}

TEST(Rewind, ANewRunKilledBeforeSavingItsOriginDoesNotStartOver) {
  const fs::path folder = project("going_back_killed", 4), fresh = folder / "new";
  ASSERT_EQ(train(folder).code, 0);
  const std::string from = "--set run.folder=new --set run.resume=run/checkpoints/step-00000002";
  ASSERT_EQ(train(folder, from).code, 0);
  for (const char* made : {"final", "export", "checkpoints"}) fs::remove_all(fresh / made);
  const Outcome refused = train(folder, "--set run.folder=new --set run.resume=auto");
  EXPECT_EQ(refused.code, 8);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("stopped before its first checkpoint"),
                                 HasSubstr("run.resume=run/checkpoints/step-00000002, as before")));
  ASSERT_EQ(train(folder, from).code, 0);
  EXPECT_EQ(weights(fresh / "final"), weights(folder / "run/final"));
}

TEST(Rewind, UnreadableCheckpointsAreAnError) {
  const fs::path folder = project("going_back_link", 3), run = folder / "run";
  ASSERT_EQ(train(folder).code, 0);
  const std::string metrics = read_file(run / "metrics.jsonl");
  fs::rename(run / "checkpoints", folder / "scratch");
  fs::create_symlink(folder / "unmounted", run / "checkpoints");
  for (const char* made : {"final", "export"}) fs::remove_all(run / made);
  const Outcome refused = train(folder, "--set run.resume=auto");
  EXPECT_EQ(refused.code, 8);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("run/checkpoints: cannot be read: No such file"),
                                 HasSubstr("it is a link")));
  EXPECT_EQ(read_file(run / "metrics.jsonl"), metrics);
  fs::rename(folder / "scratch", folder / "unmounted");
  EXPECT_EQ(train(folder, "--set run.resume=auto").code, 0);
}

TEST(Rewind, MetricsAreCopiedBeforeARunStartsOver) {
  const fs::path folder = project("going_back_removed", 3), run = folder / "run";
  ASSERT_EQ(train(folder).code, 0);
  for (const char* made : {"final", "export", "checkpoints"}) fs::remove_all(run / made);
  EXPECT_EQ(train(folder, "--set run.resume=required").code, 8);
  ASSERT_EQ(train(folder, "--set run.resume=auto").code, 0);
  EXPECT_THAT(steps_in(run / "metrics.jsonl"), ElementsAre(1, 2, 3));
  EXPECT_THAT(steps_in(run / "metrics.jsonl.earlier-1"), ElementsAre(1, 2, 3));
}

TEST(Rewind, ACompleteRunGetsItsEndEventOnce) {
  const fs::path folder = project("going_back_end", 2), metrics = folder / "run/metrics.jsonl";
  ASSERT_EQ(train(folder).code, 0);
  const std::string whole = read_file(metrics);
  const size_t count = lines_of(metrics).size();
  for (const size_t cut : {0, 3, 60}) {  // bytes of the last line that are missing
    write_file(metrics, whole.substr(0, whole.size() - cut));
    EXPECT_EQ(train(folder, "--set run.resume=required").code, 0);
    const std::vector<Json> lines = lines_of(metrics);
    EXPECT_EQ(lines.back()["event"], "end");
    EXPECT_EQ(lines.size(), count);
  }
}

TEST(Rewind, OverwriteRefusesRunFoldersWithForeignFiles) {
  const fs::path folder = project("going_back_overwrite", 1), run = folder / "run";
  ASSERT_EQ(train(folder).code, 0);
  const std::string before = weights(run / "final");
  write_file(run / "final/thesis.txt", "mine");
  fs::create_directories(run / "checkpoints/my-notes");
  const Outcome refused = train(folder, "--overwrite");
  EXPECT_EQ(refused.code, 8);
  EXPECT_THAT(refused.err, HasSubstr("checkpoints/my-notes, final/thesis.txt"));
  fs::remove_all(run / "final/thesis.txt");
  fs::remove_all(run / "checkpoints/my-notes");
  EXPECT_EQ(train(folder, "--overwrite").code, 0);
  EXPECT_EQ(weights(run / "final"), before);
}

}  // namespace
}  // namespace laurel::rewind_test
