// Heads with several rows: what an export gives of them, and what its reward_config.json keeps.
#include "checkpoint/outputs.h"

#include <ATen/ATen.h>

#include "checkpoint/export.h"
#include "core/files.h"
#include "core/random.h"
#include "data/batches/pack.h"
#include "model/reward_model.h"
#include "tiny.h"

namespace laurel::test::outputs_test {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Two attributes with variances; pairs that compare a weighted sum of them, and ratings of both.
static RewardConfig two_attributes() {
  RewardConfig config;
  config.attributes = {"help", "truth"};
  config.log_variances = true;
  config.sources = {
      {.name = "pairs", .format = "pairwise", .reward_weights = {{"help", 0.25}, {"truth", 2}}},
      {.name = "stars",
       .format = "pointwise",
       .attributes = {"help", "truth"},
       .scaling = {{3, 0.5}, {1, 2}},
       .loss_parameters = {1, 2, 3, 4}}};
  return config;
}

static ModelFolder write_model_with(const RewardConfig& config, const fs::path& folder) {
  write_tiny_model(folder);
  Tensors tensors = tiny_tensors();
  tensors["score.weight"] = at::randn({config.columns(), 8});
  write_tensors(folder, tensors);
  write_json(folder / "reward_config.json", json_of(config));
  return open_model(from(folder));
}

static at::Tensor rewards_of(const fs::path& folder) {
  LoadedModel loaded = load_model(open_model(from(folder)), false, at::kDouble);
  RewardModel model(loaded.folder.backbone, std::move(loaded.parameters));
  Group group{.responses = {{.ids = {3, 4, 5}, .positions = {{2, 3}}}}, .label = Ratings{{0}, {1}}};
  const Group* one = &group;
  return model.score(pack(std::span(&one, 1), Pooling{}, {})[0].tokens).clone();
}

TEST(Outputs, AWeightedSumOfAttributesBecomesOneRow) {
  const Scratch scratch;
  const ModelFolder model = write_model_with(two_attributes(), scratch.path / "model");
  const at::Tensor all = rewards_of(scratch.path / "model");
  ASSERT_EQ(all.size(1), 4);
  const std::vector<std::pair<OutputChoice, at::Tensor>> table = {
      {{.reward = "truth"}, all.narrow(1, 1, 1)},
      {{.combine = "pairs"}, 0.25 * all.narrow(1, 0, 1) + 2 * all.narrow(1, 1, 1)},
      {{}, 0.25 * all.narrow(1, 0, 1) + 2 * all.narrow(1, 1, 1)},
      {{.all = true}, all}};
  for (size_t i = 0; i < table.size(); ++i) {
    const fs::path out = scratch.path / std::to_string(i);
    export_model(model, choose_outputs(model, table[i].first), out, {});
    const at::Tensor found = rewards_of(out);
    ASSERT_EQ(found.sizes(), table[i].second.sizes());
    EXPECT_LT((found - table[i].second).abs().max().item<double>(), 1e-6);
  }
}

TEST(Outputs, OfOneAttributeKeepItsScalingAndLoss) {
  const Scratch scratch;
  const ModelFolder model = write_model_with(two_attributes(), scratch.path / "model");
  const RewardConfig truth = *choose_outputs(model, {.reward = "truth"}).config;
  EXPECT_TRUE(truth.attributes.empty());
  EXPECT_FALSE(truth.log_variances);
  EXPECT_EQ(truth.combined, (std::map<std::string, double>{{"truth", 1}}));
  ASSERT_EQ(truth.sources.size(), 1u) << "pairs compare something else";
  EXPECT_EQ(truth.sources[0].scaling, (std::vector<Scaling>{{1, 2}}));
  EXPECT_THAT(truth.sources[0].loss_parameters, ElementsAre(3, 4));
  const RewardConfig merged = *choose_outputs(model, {.combine = "pairs"}).config;
  ASSERT_EQ(merged.sources.size(), 1u) << "ratings are of something else";
  EXPECT_TRUE(merged.sources[0].reward_weights.empty());
}

TEST(Outputs, AreNamedInConfigAndCard) {
  const Scratch scratch;
  const ModelFolder model = write_model_with(two_attributes(), scratch.path / "model");
  export_model(model, choose_outputs(model, {.all = true}), scratch.path / "all", {});
  const Json config = Json::parse(read_file(scratch.path / "all" / "config.json"));
  EXPECT_EQ(config["id2label"], Json::parse(R"({"0": "help", "1": "truth",
      "2": "help_log_variance", "3": "truth_log_variance"})"));
  EXPECT_THAT(read_file(scratch.path / "all" / "README.md"), HasSubstr("`logits` has 4 columns"));
  export_model(model, choose_outputs(model, {.reward = "help"}), scratch.path / "help", {});
  EXPECT_THAT(read_file(scratch.path / "help" / "README.md"), HasSubstr("The reward is 1 help"));
}

TEST(Outputs, DefaultToTheOnlyRewardOrToAll) {
  const Scratch scratch;
  RewardConfig config = two_attributes();
  config.sources[0].reward_weights.clear();
  EXPECT_EQ(choose_outputs(write_model_with(config, scratch.path / "a"), {}).weights.size(), 4u);
  config.attributes = {};
  config.sources.clear();
  const Outputs mean = choose_outputs(write_model_with(config, scratch.path / "b"), {});
  EXPECT_THAT(mean.weights, ElementsAre(ElementsAre(1, 0)));
  config.log_variances = false;
  const Outputs one = choose_outputs(write_model_with(config, scratch.path / "c"), {});
  EXPECT_EQ(one.note, "");
}

TEST(Outputs, UnknownOnesAreRefusedWithTheKnownNames) {
  const Scratch scratch;
  const ModelFolder model = write_model_with(two_attributes(), scratch.path / "model");
  const auto found = [&](const OutputChoice& choice) {
    return error_of(ErrorKind::usage, [&] { choose_outputs(model, choice); });
  };
  EXPECT_EQ(found({.reward = "x"}),
            "--reward: found \"x\", expected one of the attributes: help, truth");
  EXPECT_EQ(found({.combine = "stars"}),
            "--combine: found \"stars\", expected a source with reward_weights: pairs");
  EXPECT_THAT(found({.reward = "help", .all = true}), HasSubstr("expected one"));
}

TEST(Outputs, OfOneRewardCarryItsCalibrationWhereTheyDoNotChangeIt) {
  const Scratch scratch;
  RewardConfig config;
  config.attributes = {"help"};
  config.sources = {{.name = "pairs", .format = "pairwise", .reward_weights = {{"help", 2}}}};
  config.calibration = {.temperature = 1.5};
  config.normalization = {.answers = 2};
  const ModelFolder model = write_model_with(config, scratch.path / "model");
  EXPECT_EQ(choose_outputs(model, {}).config->calibration, config.calibration);
  EXPECT_EQ(choose_outputs(model, {.reward = "help"}).config->calibration, config.calibration);
  const RewardConfig twice = *choose_outputs(model, {.combine = "pairs"}).config;
  EXPECT_FALSE(twice.calibration || twice.normalization);
}

}  // namespace laurel::test::outputs_test
