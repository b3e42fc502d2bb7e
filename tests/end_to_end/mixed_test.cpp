// Sources mixed in one step or in turn: the logged loss is their weighted combination.
#include <gmock/gmock.h>

#include "core/files.h"
#include "end_to_end/program.h"

namespace laurel::mixed_test {
namespace {

namespace fs = std::filesystem;

std::vector<Json> steps_of(const fs::path& folder, const Json& config,
                           const std::string& arguments = "") {
  write_file(folder / "config.json", config.dump());
  const Outcome outcome = run_laurel("train config.json --overwrite " + arguments, folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  std::vector<Json> steps = lines_of(folder / "run/metrics.jsonl", "step");
  EXPECT_EQ(steps.size(), config["train"]["steps"].get<size_t>());
  return steps;
}

TEST(Mixed, TheLossIsTheSumOfLossWeightTimesShareOfGroupsTimesMean) {
  const fs::path folder = tiny_project("combination");
  Json config = tiny_config({pair_source(), rating_source()}, 9);
  config["train"]["batch_size"] = 5;
  config["sources"][0]["loss_weight"] = 0.7;
  config["sources"][1]["loss_weight"] = 2.5;
  for (const Json& step : steps_of(folder, config)) {
    double loss = 0;
    for (const auto& [name, groups] : step["groups"].items()) {
      loss += (name == "pairs" ? 0.7 : 2.5) * groups.get<double>() / 5 *
              step["losses"][name].get<double>();
    }
    EXPECT_NEAR(step["loss"].get<double>(), loss, 1e-6 * loss);
  }
}

TEST(Mixed, ASourceOfWeightZeroLeavesTheOthersGradientTimesItsShare) {
  const fs::path folder = tiny_project("zero_weight");
  Json both = tiny_config({pair_source(), rating_source()}, 1);
  both["sources"][0]["share"] = 3;
  both["sources"][1]["share"] = 1;
  both["sources"][1]["loss_weight"] = 0;
  both["train"]["batch_size"] = 4;
  Json alone = tiny_config({pair_source()}, 1);
  alone["train"]["batch_size"] = 3;
  const Json mixed = steps_of(folder, both).at(0);
  EXPECT_EQ(mixed["groups"]["pairs"], 3);
  const double expected = 0.75 * steps_of(folder, alone).at(0)["grad_norm"].get<double>();
  EXPECT_NEAR(mixed["grad_norm"].get<double>(), expected, 1e-5 * expected);
}

TEST(Mixed, GroupsMatchTheSharesAtEveryStepAndAcrossPhases) {
  const fs::path folder = tiny_project("phases");
  Json config = tiny_config({pair_source(), rating_source()}, 10);
  config["sources"][0]["share"] = 2;
  config["sources"][1]["share"] = 1;
  config["sources"][0]["active"] = {{"from", 0.5}, {"to", 1.0}};
  const std::vector<Json> steps = steps_of(folder, config);
  int64_t pairs = 0;
  for (int step = 0; step < 10; ++step) {
    const Json& groups = steps[step]["groups"];
    if (step < 5) {
      EXPECT_EQ(groups.dump(), R"({"ratings":4})");
      continue;
    }
    pairs += groups["pairs"].get<int64_t>();
    const double sampled = 4 * (step - 4);  // since the set of active sources changed
    EXPECT_LE(std::abs(static_cast<double>(pairs) - sampled * 2 / 3), 1) << step;
  }
}

TEST(Mixed, SharesDefaultToTheNumberOfGroups) {
  const fs::path folder = tiny_project("default_shares");  // 24 pairs, 16 ratings
  const std::vector<Json> steps =
      steps_of(folder, tiny_config({pair_source(), rating_source()}, 10));
  int64_t pairs = 0;
  for (const Json& step : steps) pairs += step["groups"]["pairs"].get<int64_t>();
  EXPECT_EQ(pairs, 24);
  EXPECT_NEAR(steps.back()["epoch"].get<double>(), 1, 1e-9);
}

}  // namespace
}  // namespace laurel::mixed_test
