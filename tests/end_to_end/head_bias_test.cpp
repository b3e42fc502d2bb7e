// A head with a bias, which transformers' class of a Llama has not: scored, trained, exported.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "checkpoint/safetensors.h"
#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::head_bias_test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// FOLDER/plain, a reward model, and FOLDER/biased, the same with score.bias = 0.5.
fs::path project_with_bias(const std::string& name) {
  const fs::path folder = tiny_project(name);
  make_tiny_model(folder / "plain", "marks", true);
  fs::copy(folder / "plain", folder / "biased");
  const ShardedSafetensors files(folder / "plain");
  std::vector<TensorToWrite> tensors;
  for (const std::string& tensor : files.names()) {
    const at::Tensor values = at::empty(files.find(tensor)->shape);
    files.read(tensor, values);
    tensors.push_back({tensor, values.sizes().vec(), at::kFloat, [=] { return values; }});
  }
  tensors.push_back({"score.bias", {1}, at::kFloat, [] { return at::full({1}, 0.5); }});
  write_sharded_safetensors(folder / "biased", std::move(tensors));
  return folder;
}

std::vector<double> rewards_of(const fs::path& folder, const std::string& model) {
  const Outcome outcome =
      run_laurel(str("score ", model, " ratings.jsonl out.jsonl --text plain"), folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  std::vector<double> rewards;
  for (const Json& row : lines_of(folder / "out.jsonl"))
    rewards.push_back(row.at("reward").get<double>());
  return rewards;
}

// The bias of a model's folder; none: nullopt.
std::optional<float> bias_of(const fs::path& model) {
  const ShardedSafetensors files(model);
  if (!files.find("score.bias")) return std::nullopt;
  const at::Tensor bias = at::empty({1});
  files.read("score.bias", bias);
  return bias.item<float>();
}

TEST(HeadBias, MovesEveryRewardAndIsExportedOnlyByBeingDropped) {
  const fs::path folder = project_with_bias("head_bias");
  const std::vector<double> plain = rewards_of(folder, "plain"),
                            biased = rewards_of(folder, "biased");
  ASSERT_EQ(plain.size(), 16u);
  for (size_t i = 0; i < plain.size(); ++i) EXPECT_NEAR(biased[i], plain[i] + 0.5, 1e-6);
  const Outcome refused = run_laurel("export biased out", folder);
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(
      refused.err,
      AllOf(HasSubstr("biased: found score.bias (0.5), but LlamaForSequenceClassification of "
                      "transformers has no bias, expected --drop-bias"),
            HasSubstr("nothing was exported")));
  const Outcome dropped = run_laurel("export biased out --drop-bias", folder);
  ASSERT_EQ(dropped.code, 0) << dropped.err;
  EXPECT_THAT(dropped.err,
              HasSubstr("score.bias (0.5) is left out, as LlamaForSequenceClassification "
                        "has none: rewards are lower by it"));
  const std::vector<double> exported = rewards_of(folder, "out");
  for (size_t i = 0; i < plain.size(); ++i) EXPECT_NEAR(exported[i], plain[i], 1e-6);
}

TEST(HeadBias, IsDroppedByPairsAndTrainedByRatings) {
  const fs::path folder = project_with_bias("head_bias_trained");
  Json config = tiny_config({pair_source()}, 2);
  config["model"]["path"] = "biased";
  write_file(folder / "config.json", config.dump());
  const Outcome pairs = train(folder);
  ASSERT_EQ(pairs.code, 0) << pairs.err;
  EXPECT_THAT(pairs.err, HasSubstr("reward head: score.bias is dropped: pairs and lists compare "
                                   "rewards, which it moves alike"));
  EXPECT_FALSE(bias_of(folder / "run" / "final").has_value());

  config = tiny_config({rating_source()}, 2);
  config["model"]["path"] = "biased";
  write_file(folder / "config.json", config.dump());
  const Outcome ratings = train(folder, "--overwrite");
  ASSERT_EQ(ratings.code, 0) << ratings.err;
  EXPECT_THAT(ratings.err, Not(HasSubstr("is dropped")));
  ASSERT_TRUE(bias_of(folder / "run" / "final").has_value());
  EXPECT_NE(*bias_of(folder / "run" / "final"), 0.5f);
  EXPECT_FALSE(bias_of(folder / "run" / "export").has_value());
  EXPECT_THAT(ratings.err, HasSubstr(" is left out, as LlamaForSequenceClassification has none"));
  EXPECT_EQ(run_laurel("export run out", folder).code, 2);
  EXPECT_EQ(run_laurel("export run out --drop-bias", folder).code, 0);
}

std::vector<double> calibrated(const fs::path& folder, const std::string& model) {
  const Outcome outcome =
      run_laurel(str("score ", model, " labels.jsonl out.jsonl --calibrated"), folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  std::vector<double> log_odds;
  for (const Json& row : lines_of(folder / "out.jsonl")) {
    log_odds.push_back(row.at("reward").get<double>());
  }
  return log_odds;
}

// Labels that follow the model's rewards, but for two of them.
TEST(HeadBias, ThatAnExportLeavesOutIsInTheShiftOfItsCalibration) {
  const fs::path folder = project_with_bias("head_bias_calibrated");
  Json config = tiny_config({rating_source()}, 2);
  config["model"]["path"] = "biased";
  write_file(folder / "config.json", config.dump());
  ASSERT_EQ(train(folder).code, 0);
  const std::vector<double> rewards = rewards_of(folder, "run");
  std::vector<double> sorted = rewards;
  std::ranges::sort(sorted);
  std::vector<Json> rows = lines_of(folder / "ratings.jsonl");
  for (size_t i = 0; i < rows.size(); ++i) rows[i]["score"] = rewards[i] > sorted[7] ? 1 : 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rewards[i] == sorted[0]) rows[i]["score"] = 1;
    if (rewards[i] == sorted[15]) rows[i]["score"] = 0;
  }
  write_lines(folder / "labels.jsonl", rows);
  const Outcome outcome = run_laurel("calibrate run labels.jsonl", folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("export: not calibrated, as it has no bias in its head"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("run/export/reward_config.json")));
  ASSERT_EQ(run_laurel("export run exported --drop-bias", folder).code, 0);
  const std::vector<double> before = calibrated(folder, "run"),
                            after = calibrated(folder, "exported");
  for (size_t i = 0; i < before.size(); ++i) EXPECT_NEAR(after[i], before[i], 1e-3);
}

}  // namespace
}  // namespace laurel::head_bias_test
