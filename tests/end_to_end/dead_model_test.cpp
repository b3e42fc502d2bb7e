// A run whose model no longer learns does not end in an ordinary "done".
#include <gmock/gmock.h>

#include "core/files.h"
#include "end_to_end/program.h"

namespace laurel::dead_model_run_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

TEST(DeadModelRun, ARateThatKillsTheModelIsSaidWithItsStepAndAgainInTheLastLine) {
  const fs::path folder = tiny_project("dead_model");
  Json config = tiny_config({pair_source()}, 12);
  config["train"]["lr"] = 1e4;
  write_file(folder / "config.json", config.dump());
  const Outcome checked = run_laurel("check config.json", folder);
  EXPECT_EQ(checked.code, 0);
  EXPECT_THAT(checked.err, HasSubstr("train.lr is 10000; a whole model of"));
  const Outcome outcome = train(folder);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("warning: since step "), HasSubstr("so the model no longer learns")));
  const std::string last = outcome.err.substr(outcome.err.find("warning: done, but since step "));
  EXPECT_THAT(last, HasSubstr("this model is of no use"));
  EXPECT_EQ(lines_of(folder / "run/metrics.jsonl", "step").back()["grad_norm"], 0);
}

TEST(DeadModelRun, AHingeWithEveryMarginMetIsDoneLearning) {
  const fs::path folder = tiny_project("margins_met");
  Json config = tiny_config({pair_source()}, 60);
  config["train"]["lr"] = 0.03;
  config["sources"][0]["loss"] = {{"type", "hinge"}, {"margin", 0.1}};
  write_file(folder / "config.json", config.dump());
  const Outcome outcome = train(folder);
  EXPECT_EQ(outcome.code, 0);
  const std::vector<Json> steps = lines_of(folder / "run/metrics.jsonl", "step");
  for (size_t i = steps.size() - 5; i < steps.size(); ++i) {
    ASSERT_EQ(steps[i]["loss"], 0);
    ASSERT_EQ(steps[i]["grad_norm"], 0);
  }
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("\ndone: "), Not(HasSubstr("no longer learns"))));
}

TEST(DeadModelRun, RatingsFarFromANewHeadAreSaidByCheck) {
  const fs::path folder = tiny_project("far_ratings");
  std::vector<Json> rows = tiny_ratings(16);
  for (Json& row : rows) row["score"] = row["score"].get<int>() + 3;
  write_lines(folder / "ratings.jsonl", rows);
  write_file(folder / "config.json", tiny_config({rating_source()}, 2).dump());
  EXPECT_THAT(run_laurel("check config.json", folder).err,
              HasSubstr("sources.ratings.score_scaling: \"standardize\" trains on"));
}

}  // namespace
}  // namespace laurel::dead_model_run_test
