// Rewards and every gradient of tiny random models against transformers, and an AdamW run.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "checkpoint/safetensors.h"
#include "core/files.h"
#include "core/json.h"
#include "data/batches/pack.h"
#include "golden/golden_model.h"
#include "ops/adamw.h"
#include "support/near.h"

namespace laurel::model_test {
namespace {

constexpr double kTolerance = 1e-4;

RewardModel model_of(const std::string& name) {
  LoadedParts parts = load_golden(name);
  return {std::move(parts.backbone), std::move(parts.parameters)};
}

class GoldenModel : public testing::TestWithParam<std::string> {};

TEST_P(GoldenModel, RewardsAndEveryGradientAreThoseOfTransformers) {
  RewardModel model = model_of(GetParam());
  const Golden golden(GetParam());
  size_t tensors = 0;
  for (const ParameterBuffer& buffer : model.parameters().buffers())
    tensors += buffer.layout.tensors.size();
  EXPECT_EQ(golden.gradients.size(), tensors) << "every tensor has a golden gradient";
  EXPECT_LE(golden_error(model, make_batch(golden.groups, SharePrefix::no), golden), kTolerance);
  if (!golden.causal) return;
  const LengthRule lengths = backbone_info(model.backbone()).pooling.lengths;
  EXPECT_LE(golden_error(model, make_batch(golden.groups, SharePrefix::yes, 1, lengths), golden),
            kTolerance);
}

TEST_P(GoldenModel, ScoreGivesTheRewardsOfForward) {
  RewardModel model = model_of(GetParam());
  const Golden golden(GetParam());
  const TokenBatch batch = make_batch(golden.groups);
  EXPECT_TRUE(at::equal(model.score(batch), model.forward(batch)));
}

TEST(GoldenModel, EveryFamilyAndItsVariantsHaveAFolder) {
  EXPECT_THAT(golden_names(),
              testing::ElementsAre("bert", "gemma", "gemma2", "gemma3", "llama", "llama_dynamic",
                                   "llama_linear", "llama_llama3", "llama_longrope", "llama_yarn",
                                   "mistral_window", "modernbert_cls", "modernbert_mean", "qwen2",
                                   "qwen2_window", "qwen3", "roberta", "xlm_roberta"));
}

INSTANTIATE_TEST_SUITE_P(Folders, GoldenModel, testing::ValuesIn(golden_names()),
                         [](const auto& info) { return info.param; });

// Rows 3 and 4 begin alike; of these ropes they lie on different sides of the bound. transformers
// computed each alone.
TEST(GoldenModel, RowsOnDifferentSidesOfALengthDoNotShareWhatTheyBeginWith) {
  for (const char* const name : {"llama_dynamic", "llama_longrope"}) {
    RewardModel model = model_of(name);
    const Golden golden(name);
    const Pooling pooling = backbone_info(model.backbone()).pooling;
    EXPECT_EQ(pooling.lengths.bound, 12);
    std::vector<Group> groups;
    for (const TestGroup& rows : golden.groups) {
      Group& group = groups.emplace_back();
      group.label = Ratings{std::vector<float>(rows.size()), std::vector<float>(rows.size())};
      for (const TestResponse& row : rows) {
        const auto length = static_cast<int32_t>(row.ids.size());
        group.responses.push_back({.ids = row.ids, .positions = {{length - 1, length}}});
      }
    }
    std::vector<const Group*> all;
    for (const Group& group : groups) all.push_back(&group);
    for (const int64_t workers : {1, 3}) {
      const std::vector<Batch> packed = pack(all, pooling, {.workers = workers});
      ASSERT_EQ(packed.size(), 1u);
      EXPECT_LE(golden_error(model, packed[0].tokens, golden), kTolerance) << name;
    }
    // What sharing them would have given.
    EXPECT_GT(golden_error(model, make_batch(golden.groups, SharePrefix::yes), golden), 1e-3);
  }
}

TEST(GoldenModel, TheSameWeightsInOtherTypesAndInShardsGiveTheSameRewards) {
  const Golden golden("llama");
  const TokenBatch batch = make_batch(golden.groups);
  for (const char* const name : {"llama_bf16", "llama_sharded"}) {
    RewardModel model = model_of(name);
    EXPECT_LE(golden_error(model, batch, golden), kTolerance) << name;
  }
}

// In bf16 rewards are at most as far from the exact ones as transformers' in bf16 are; for chance, of
// six rows, half as far again and half a bf16 step are allowed, of encoders a fiftieth of their size.
TEST_P(GoldenModel, InBf16RewardsAreAsNearAsThoseOfTransformers) {
  const Golden golden(GetParam());
  if (!golden.bf16_rewards.defined()) GTEST_SKIP() << "a folder without transformers' bf16 rewards";
  LoadedParts parts = load_golden(GetParam(), at::kBFloat16);
  RewardModel model(std::move(parts.backbone), std::move(parts.parameters));
  const double theirs = relative_error(golden.bf16_rewards, golden.rewards);
  const double ours = relative_error(model.score(make_batch(golden.groups)), golden.rewards);
  EXPECT_LE(ours, golden.causal ? 1.5 * theirs + 0.002 : std::max(1.5 * theirs, 0.02));
  EXPECT_LE(theirs, 0.02);
}

// Adds up the step's pairwise loss -log sigmoid(better - worse) and its gradients.
double pair_step(RewardModel& model, const Json& step) {
  auto rows = step.at("better").get<std::vector<std::vector<int32_t>>>();
  const auto worse = step.at("worse").get<std::vector<std::vector<int32_t>>>();
  const auto pairs = static_cast<int64_t>(rows.size());
  rows.insert(rows.end(), worse.begin(), worse.end());
  const TokenBatch batch = make_batch(rows);
  const at::Tensor rewards = model.forward(batch).requires_grad_();
  const at::Tensor margin = rewards.narrow(0, 0, pairs) - rewards.narrow(0, pairs, pairs);
  const at::Tensor loss = -at::log_sigmoid(margin).mean();
  loss.backward();
  model.backward(batch, rewards.grad());
  return loss.item<double>();
}

TEST(GoldenModel, SeveralStepsOfAdamWFollowTorch) {
  const std::filesystem::path folder = golden_folder("llama_llama3");
  const Json run = parse_json(read_file(folder / "adamw.json"), "adamw.json", ErrorKind::model);
  RewardModel model = model_of("llama_llama3");
  Parameters& parameters = model.parameters();
  ASSERT_GE(run.at("steps").size(), 3u);
  int64_t update = 0;
  for (const Json& step : run.at("steps")) {
    EXPECT_NEAR(pair_step(model, step), step.at("loss").get<double>(), 1e-4);
    const double norm =
        gradient_norm(std::vector{parameters.backbone.gradient, parameters.head.gradient});
    EXPECT_NEAR(norm / step.at("grad_norm").get<double>(), 1, 1e-3);
    const AdamW options{.lr = run.at("lr").get<double>(),
                        .beta1 = run.at("betas")[0].get<double>(),
                        .beta2 = run.at("betas")[1].get<double>(),
                        .eps = run.at("eps").get<double>(),
                        .weight_decay = run.at("weight_decay").get<double>(),
                        .update = ++update,
                        .gradient_scale = clip_factor(norm, run.at("max_grad_norm").get<double>())};
    for (const ParameterBuffer& buffer : parameters.buffers()) {
      adamw_step({buffer.weights, buffer.gradient, buffer.moment1, buffer.moment2},
                 update_ranges(buffer.layout), options);
    }
  }
  const SafetensorsFile file(folder / "adamw.safetensors");
  for (const ParameterBuffer& buffer : parameters.buffers()) {
    for (const TensorSpec& spec : buffer.layout.tensors) {
      const TensorInfo* const tensor = file.find(spec.name);
      ASSERT_NE(tensor, nullptr) << spec.name;
      const at::Tensor expected = at::empty(tensor->shape);
      file.read(*tensor, expected);
      EXPECT_LE(relative_error(view(buffer.weights, spec), expected), 1e-4) << spec.name;
    }
  }
}

}  // namespace
}  // namespace laurel::model_test
