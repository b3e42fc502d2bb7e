// Saves and exports in which every file system call fails in turn, on a disk that fills up, and in
// which calls stop half way.
#include <cerrno>
#include <cstring>

#include "checkpoint/export.h"
#include "checkpoint/manifest.h"
#include "checkpoint/run_folder.h"
#include "checkpoint/tiny.h"
#include "core/files.h"
#include "faults/failing_calls.h"

namespace laurel::test::save_test {

using faults::Fault;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

namespace fs = std::filesystem;

namespace {

// A tiny model that was trained and is saved as a checkpoint or in final/, or exported, beside what
// was saved before.
class Saves : public testing::TestWithParam<const char*> {
 protected:
  Saves() : root_(scratch_.path / "run"), target_(root_ / GetParam()) {
    write_tiny_model(scratch_.path / "model");
    model_.emplace(load_model(open_model(from(scratch_.path / "model")), true));
    pad_ = choose_pad_token(model_->folder, open_text(model_->folder));
    fs::create_directory(root_);
    export_folder(root_ / "older");
    before_ = contents_of(root_);
    calls_ = traced({.folder = root_});
    saved_ = contents_of(target_);
    undo();
  }

  void save() {
    const std::string what = GetParam();
    if (what == "export") return export_folder(target_);
    const RunFolder run{root_};
    const RunModel model{.source = model_->folder,
                         .parameters = model_->parameters,
                         .pad = pad_,
                         .reward_config = RewardConfig{}};
    if (what == "final") return save_final_model(run, model, FinalFacts{});
    const TrainState state{
        .facts = {.run = "this", .environment = Json::object(), .config = Json::object()},
        .step = 3,
        .optimizer = {.seen_rows = std::vector<bool>(16, true)}};
    save_checkpoint(run, model, state);
  }

  void export_folder(const fs::path& to) {
    export_model(model_->folder, choose_outputs(model_->folder, {}), to, {});
  }

  std::vector<std::string> traced(const faults::Plan& plan) {
    faults::arm(plan);
    save();
    return faults::disarm();
  }

  void undo() {
    fs::remove_all(target_);
    fs::remove(root_ / "checkpoints");
  }

  // An Error that says where and why, and the folder as it was. A whole target may be there if all
  // that failed is to make its name last.
  void expect_refused(const faults::Plan& plan, const char* reason) {
    faults::arm(plan);
    const std::string message = error_of(ErrorKind::checkpoint, [&] { save(); });
    const std::vector<std::string> made = faults::disarm();
    SCOPED_TRACE(made.back());
    EXPECT_THAT(message, AllOf(StartsWith(root_.string()), HasSubstr(reason)));
    if (fs::exists(target_)) {
      EXPECT_TRUE(made.back().starts_with("fsync_folder "));
      EXPECT_EQ(contents_of(target_), saved_);
    }
    undo();
    EXPECT_EQ(contents_of(root_), before_);
    for (const auto& entry : fs::recursive_directory_iterator(root_)) {
      EXPECT_THAT(entry.path().filename().string(), Not(HasSubstr(".tmp")));
    }
    EXPECT_THAT(check_manifest(root_ / "older", ErrorKind::model), IsEmpty());
  }

  void expect_saved(const faults::Plan& plan) {
    const std::vector<std::string> made = traced(plan);
    SCOPED_TRACE(calls_[static_cast<size_t>(plan.call - 1)]);
    EXPECT_EQ(contents_of(target_), saved_);
    undo();
  }

  faults::Plan plan(Fault fault, size_t call, int error = 0) const {
    return {.folder = root_, .fault = fault, .call = static_cast<int64_t>(call), .error = error};
  }

  const Scratch scratch_;
  const fs::path root_, target_;
  std::optional<LoadedModel> model_;
  PadToken pad_;
  std::map<std::string, std::string> before_, saved_;  // run/, and the target without faults
  std::vector<std::string> calls_;                     // of a save without faults
};

TEST_P(Saves, ReportEveryCallThatFails) {
  for (const int error : {EIO, ENOSPC}) {
    for (size_t call = 1; call <= calls_.size(); ++call) {
      expect_refused(plan(Fault::fail, call, error), std::strerror(error));
    }
  }
}

TEST_P(Saves, ContinueAfterSignalsAndShortWrites) {
  for (size_t call = 1; call <= calls_.size(); ++call) {
    expect_saved(plan(Fault::short_write, call));
    expect_saved(plan(Fault::fail, call, EINTR));
  }
}

TEST_P(Saves, ReportADiskThatIsFullAfterAnyNumberOfBytes) {
  int64_t bytes = 0;
  for (const std::string& call : calls_) bytes += std::stoll(call.substr(call.rfind(' ') + 1));
  for (int percent = 0; percent < 100; ++percent) {
    expect_refused({.folder = root_, .disk_bytes = bytes * percent / 100},
                   "No space left on device");
  }
  expect_refused({.folder = root_, .disk_bytes = bytes - 1}, "No space left on device");
  traced({.folder = root_, .disk_bytes = bytes});
  EXPECT_EQ(contents_of(target_), saved_);
}

TEST_P(Saves, DoWithoutFlushingFoldersWhereTheFileSystemCannot) {
  for (size_t call = 1; call <= calls_.size(); ++call) {
    if (!calls_[call - 1].starts_with("fsync_folder")) continue;
    expect_saved(plan(Fault::fail, call, EINVAL));
  }
}

INSTANTIATE_TEST_SUITE_P(Of, Saves,
                         testing::Values("checkpoints/step-00000003", "final", "export"));

}  // namespace

TEST(RunFolder, ThatCannotBeWrittenSaysSo) {
  const Scratch scratch;
  const fs::path root = scratch.path / "run";
  faults::arm({.folder = root});
  create_run_folder(root, false, Json::object());
  const size_t calls = faults::disarm().size();
  ASSERT_GT(calls, 4u);
  for (size_t call = 1; call <= calls; ++call) {
    fs::remove_all(root);
    faults::arm({root, Fault::fail, static_cast<int64_t>(call), EIO});
    const std::string message =
        error_of(ErrorKind::checkpoint, [&] { create_run_folder(root, false, Json::object()); });
    SCOPED_TRACE(faults::disarm().back());
    EXPECT_THAT(message, AllOf(StartsWith(root.string()), HasSubstr("Input/output error")));
  }
}

}  // namespace laurel::test::save_test
