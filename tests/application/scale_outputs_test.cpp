// export --scale unit of every family: rewards are divided, in fp32 to 1e-6 of the largest.
#include "application/scale_outputs.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "../checkpoint/tiny.h"
#include "application/export_model.h"
#include "core/files.h"
#include "golden/golden_model.h"

namespace laurel::test::scale_outputs_test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr double kDeviation = 0.37;

RewardConfig measured(const Pooling& pooling) {
  RewardConfig config{.pooling = pooling.rule};
  if (pooling.rule == PoolingRule::last_not_pad) config.pad_id = pooling.pad_id;
  config.normalization = {.mean = {.value = 0.2},
                          .deviation = {.value = 0.5},
                          .within_prompts = MeasuredNumber{.value = kDeviation},
                          .answers = 80,
                          .prompts = 40,
                          .prompts_with_several = 40};
  return config;
}

// A copy of a golden model with a tokenizer, whose tokens are fewer than the embedding's rows, and
// with a normalization.
void write_measured(const fs::path& folder, const std::string& name) {
  fs::create_directories(folder);
  for (const char* file : {"config.json", "model.safetensors"}) {
    fs::copy_file(golden_folder(name) / file, folder / file);
  }
  const Json config = Json::parse(read_file(folder / "config.json"));
  Json tokenizer_config = tiny_tokenizer_config();
  tokenizer_config["pad_token"] = config.value("pad_token_id", Json()) == Json(1) ? "<s>" : "<unk>";
  write_json(folder / "tokenizer.json", tiny_tokenizer());
  write_json(folder / "tokenizer_config.json", tokenizer_config);
  write_json(folder / "reward_config.json", json_of(measured(open_model(from(folder)).pooling)));
}

at::Tensor rewards_of(const fs::path& folder, const TokenBatch& batch) {
  LoadedModel loaded = load_model(open_model(from(folder)), false);
  RewardModel model(loaded.folder.backbone, std::move(loaded.parameters));
  return model.score(batch).to(at::kDouble);
}

class ScaledFamily : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Folders, ScaledFamily, testing::ValuesIn(golden_names()),
                         [](const auto& info) { return info.param; });

TEST_P(ScaledFamily, GivesTheRewardsOfTransformersDivided) {
  const Scratch scratch;
  const fs::path model = scratch.path / "model", out = scratch.path / "out";
  write_measured(model, GetParam());
  export_verified({.model = model, .output = out, .scale = OutputScale::unit});
  const Golden golden(GetParam());
  const TokenBatch batch = make_batch(golden.groups);
  const at::Tensor found = rewards_of(out, batch), before = rewards_of(model, batch);
  const double scale = std::max(1.0, (before / kDeviation).abs().max().item<double>());
  EXPECT_LE((found - before / kDeviation).abs().max().item<double>(), 3e-6 * scale);  // fp32
  EXPECT_LE((found - golden.rewards / kDeviation).abs().max().item<double>(), 1e-4);
  const RewardConfig config = *read_reward_config(out);
  EXPECT_EQ(config.scale->divisor, kDeviation);
  EXPECT_EQ(config.normalization->within_prompts->value, 1);
}

Outputs one_output() { return {.weights = {{1}}, .config = measured({})}; }

std::string refusal(Outputs outputs) {
  return error_of(ErrorKind::usage, [&] { scale_to_unit(outputs, "folder"); });
}

TEST(ScaleToUnit, DividesTheOutputAndWhatWasMeasured) {
  Outputs outputs = one_output();
  outputs.config->calibration = {.temperature = 0.74};
  EXPECT_EQ(scale_to_unit(outputs, "folder"),
            "the head is divided by 0.37, the deviation within prompts over 80 answers to 40 "
            "prompts; the mean of the rewards, 0.5405405405405406 in the new unit, is left in");
  EXPECT_EQ(outputs.weights[0][0], 1 / kDeviation);
  EXPECT_EQ(outputs.config->calibration->temperature, 2);
}

// By 0.37, and then by 0.5 of what that left.
TEST(ScaleToUnit, OfAScaledHeadRemembersBothDivisors) {
  Outputs outputs = one_output();
  scale_to_unit(outputs, "folder");
  outputs.config->normalization = {.deviation = {.value = 0.5}, .quantiles = {{"0.5", 1.0}}};
  scale_to_unit(outputs, "folder");
  EXPECT_DOUBLE_EQ(outputs.config->scale->divisor, 0.185);
  EXPECT_EQ(outputs.config->scale->deviation, AnswerGroup::all);
}

TEST(ScaleToUnit, RefusesDeviationsThatRoundingMakes) {
  Outputs outputs = one_output();
  for (const double deviation : {0.0, 1e-9}) {
    outputs.config->normalization->within_prompts = MeasuredNumber{.value = deviation};
    EXPECT_THAT(refusal(outputs), HasSubstr("for the deviation within prompts (reward_config.json "
                                            "of folder: normalization), expected more than 0"));
  }
}

TEST(ScaleToUnit, RefusesModelsOfOthers) {
  Outputs outputs = one_output();
  outputs.config.reset();
  EXPECT_THAT(refusal(outputs),
              HasSubstr("found no normalization in reward_config.json of folder"));
}

// Log-odds of labels and the numbers of rewards, where rewards lose a bias of 0.74.
TEST(SubtractFromRewards, KeepsLogOddsAndMovesTheMean) {
  RewardConfig config = measured({});
  config.calibration = {.labels = CalibrationLabels::labels, .temperature = 0.37, .shift = 1};
  subtract_from_rewards(config, 0.74);
  EXPECT_DOUBLE_EQ(config.calibration->shift, 3);
  EXPECT_DOUBLE_EQ(config.normalization->mean.value, 0.2 - 0.74);
  EXPECT_EQ(config.normalization->deviation.value, 0.5);
}

}  // namespace
}  // namespace laurel::test::scale_outputs_test
