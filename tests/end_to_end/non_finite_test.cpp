// Steps whose numbers are not finite: stopping, looking, skipping, going on.
#include <gmock/gmock.h>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::non_finite_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

// Twelve ratings for steps of four; the squares of the rows `bad` overflow.
fs::path rated_project(const std::string& name, const std::vector<size_t>& bad, int steps) {
  const fs::path folder = tiny_project(name);
  std::vector<Json> ratings = tiny_ratings(12);
  for (const size_t row : bad) ratings[row - 1]["score"] = 3e38;
  write_lines(folder / "ratings.jsonl", ratings);
  write_file(folder / "config.json", tiny_config({rating_source()}, steps).dump());
  return folder;
}

// The weights of a run over some of these rows.
std::string weights_after(const std::string& name, const std::vector<size_t>& rows) {
  const fs::path folder = rated_project(name, {}, static_cast<int>(rows.size()) / 4);
  const std::vector<Json> all = tiny_ratings(12);
  std::vector<Json> some;
  for (const size_t row : rows) some.push_back(all[row - 1]);
  write_lines(folder / "ratings.jsonl", some);
  EXPECT_EQ(run_laurel("train config.json", folder).code, 0);
  return weights(folder / "run/final");
}

TEST(NonFinite, AStepStopsTheRunAndItsReplayNamesTheRow) {
  const fs::path folder = rated_project("non_finite_stop", {6}, 3);
  const Outcome outcome = run_laurel("train config.json", folder);
  EXPECT_EQ(outcome.code, 6);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("step 2: found gradient norm "), HasSubstr(", loss of ratings inf"),
                    HasSubstr("the state before it is in "),
                    HasSubstr("To see which rows: laurel check --replay "),
                    HasSubstr("run/nonfinite-step-00000002.json. Lower train.lr")));
  EXPECT_FALSE(fs::exists(folder / "run/final"));
  EXPECT_EQ(lines_of(folder / "run/metrics.jsonl", "step").size(), 1u);
  EXPECT_EQ(weights(folder / "run/checkpoints/step-00000001"),
            weights_after("non_finite_one_step", {1, 2, 3, 4}));

  const Outcome replay = run_laurel("check --replay run/nonfinite-step-00000002.json", folder);
  EXPECT_EQ(replay.code, 6) << replay.err;
  EXPECT_THAT(replay.out,
              AllOf(HasSubstr("ratings.jsonl:6: the rewards are finite, the loss is not"),
                    HasSubstr("ratings.jsonl:5\n"), HasSubstr("ratings.jsonl:8\n"),
                    Not(HasSubstr("ratings.jsonl:9"))));
  const size_t named = replay.out.find("not finite: ");
  EXPECT_EQ(replay.out.find("not finite: ", named + 1), std::string::npos) << replay.out;
}

TEST(NonFinite, AStepWhoseStateCannotBeSavedStillNamesItsRows) {
  const fs::path folder = rated_project("non_finite_no_room", {6}, 3);
  const Outcome outcome =
      run_laurel("train config.json", folder, "", "trap '' XFSZ; ulimit -f 40; ");  // no weights
  EXPECT_EQ(outcome.code, 6);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("step 2: found gradient norm "),
                    HasSubstr("the state before it could not be saved ("),
                    HasSubstr("training.safetensors: cannot be written: File too large"),
                    HasSubstr("Its rows are listed in ")));
  const std::string listed = read_file(folder / "run/nonfinite-step-00000002.json");
  EXPECT_THAT(listed, AllOf(HasSubstr("ratings.jsonl:6\""), HasSubstr("ratings.jsonl:8\""),
                            Not(HasSubstr("ratings.jsonl:9"))));
}

TEST(NonFinite, ASkippedStepCountsWithoutItsUpdate) {
  const fs::path folder = rated_project("non_finite_skip", {6}, 3);
  const Outcome outcome = run_laurel("train config.json --set train.nan_budget=1", folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("step 2: skipped, its update was not made"));
  EXPECT_FALSE(fs::exists(folder / "run/nonfinite-step-00000002.json"));
  const std::vector<Json> steps = lines_of(folder / "run/metrics.jsonl", "step");
  ASSERT_EQ(steps.size(), 3u);
  // Data and schedule have moved on, weights, moments and the number of updates have not.
  EXPECT_EQ(weights(folder / "run/final"),
            weights_after("non_finite_without", {1, 2, 3, 4, 9, 10, 11, 12}));
}

TEST(NonFinite, ExceedingTheBudgetStopsTheRunAndALargerOneResumesIt) {
  const fs::path folder = rated_project("non_finite_budget", {1, 6}, 3);
  const Outcome stopped = run_laurel("train config.json --set train.nan_budget=1", folder);
  EXPECT_EQ(stopped.code, 6);
  EXPECT_THAT(stopped.err,
              AllOf(HasSubstr("step 1: skipped"), HasSubstr("step 2: found gradient")));
  const Outcome resumed =
      run_laurel("train config.json --set train.nan_budget=2 --set run.resume=auto", folder);
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(weights(folder / "run/final"), weights_after("non_finite_last", {9, 10, 11, 12}));
}

TEST(NonFinite, ABudgetBelowTheEarlierSkipsIsExhausted) {
  const fs::path folder = rated_project("non_finite_lower", {1, 5}, 4);  // steps 1, 2 and 4
  const Outcome stopped = run_laurel("train config.json --set train.nan_budget=2", folder);
  EXPECT_EQ(stopped.code, 6);
  EXPECT_THAT(stopped.err,
              AllOf(HasSubstr("step 2: skipped"), HasSubstr("step 4: found gradient")));
  const Outcome resumed =
      run_laurel("train config.json --set train.nan_budget=1 --set run.resume=auto", folder);
  EXPECT_EQ(resumed.code, 6) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("step 4: found gradient"));
}

}  // namespace
}  // namespace laurel::non_finite_test
