// Encoders: how rows are packed, split among workers and micro-batches, or computed again changes
// nothing.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "golden/golden_model.h"
#include "support/near.h"

namespace laurel::encoder_test {
namespace {

RewardModel model_of(const std::string& name, Recompute recompute = Recompute::none,
                     at::ScalarType type = at::kDouble) {
  LoadedParts parts = load_golden(name, type);
  return {std::move(parts.backbone), std::move(parts.parameters), recompute};
}

std::vector<at::Tensor> gradients_of(RewardModel& model) {
  std::vector<at::Tensor> gradients;
  for (const ParameterBuffer& buffer : model.parameters().buffers())
    gradients.push_back(buffer.gradient.clone());
  return gradients;
}

// Rewards, with gradients added up, of batches one after the other.
at::Tensor run(RewardModel& model, const std::vector<TokenBatch>& batches, const at::Tensor& grad) {
  std::vector<at::Tensor> rewards;
  int64_t row = 0;
  for (const TokenBatch& batch : batches) {
    rewards.push_back(model.forward(batch));
    const int64_t rows = rewards.back().size(0);
    model.backward(batch, grad.narrow(0, row, rows).to(rewards.back().scalar_type()));
    row += rows;
  }
  return at::cat(rewards);
}

void expect_same(RewardModel& one, RewardModel& other) {
  const auto a = gradients_of(one), b = gradients_of(other);
  for (size_t i = 0; i < a.size(); ++i) EXPECT_LE(relative_error(a[i], b[i]), 1e-12);
}

class Encoder : public testing::TestWithParam<std::string> {
 protected:
  const Golden golden_{GetParam()};
  RewardModel whole_ = model_of(GetParam());
  const at::Tensor rewards_ = run(whole_, {make_batch(golden_.groups)}, golden_.weights);
};

TEST_P(Encoder, RowsPackedTogetherGiveWhatTheyGiveAlone) {
  RewardModel model = model_of(GetParam());
  std::vector<TokenBatch> alone;
  for (const TestGroup& group : golden_.groups) {
    for (const TestResponse& row : group) alone.push_back(make_batch({{row}}));
  }
  expect_rewards_near(run(model, alone, golden_.weights), rewards_, 1e-12);
  expect_same(model, whole_);
}

TEST_P(Encoder, WorkersAndMicroBatchesGiveWhatOneGives) {
  for (const size_t workers : {2, 3}) {
    RewardModel model = model_of(GetParam());
    const TokenBatch batch = make_batch(golden_.groups, SharePrefix::no, workers);
    expect_rewards_near(run(model, {batch}, golden_.weights), rewards_, 1e-12);
    expect_same(model, whole_);
  }
  RewardModel model = model_of(GetParam());
  const std::vector<TestGroup>& all = golden_.groups;
  const std::vector<TestGroup> first(all.begin(), all.begin() + 2),
      rest(all.begin() + 2, all.end());
  expect_rewards_near(run(model, {make_batch(first), make_batch(rest)}, golden_.weights), rewards_,
                      1e-12);
  expect_same(model, whole_);
}

TEST_P(Encoder, RecomputedActivationsAreTheSameBitForBit) {
  for (const at::ScalarType type : {at::kDouble, at::kFloat, at::kBFloat16}) {
    const TokenBatch batch = make_batch(golden_.groups, SharePrefix::no, 2);
    RewardModel kept = model_of(GetParam(), Recompute::none, type);
    const at::Tensor rewards = run(kept, {batch}, golden_.weights);
    for (const Recompute recompute : {Recompute::gate_up, Recompute::inputs}) {
      RewardModel model = model_of(GetParam(), recompute, type);
      EXPECT_TRUE(at::equal(run(model, {batch}, golden_.weights), rewards));
      EXPECT_TRUE(at::equal(model.score(batch), rewards));
      const auto expected = gradients_of(kept), found = gradients_of(model);
      for (size_t i = 0; i < found.size(); ++i) EXPECT_TRUE(at::equal(found[i], expected[i]));
    }
  }
}

// In bf16 every gradient keeps its direction, and its size to a few percent.
TEST_P(Encoder, InBf16GradientsAreWithinAFewPercent) {
  RewardModel model = model_of(GetParam(), Recompute::none, at::kBFloat16);
  run(model, {make_batch(golden_.groups)}, golden_.weights);
  const auto exact = gradients_of(whole_), narrow = gradients_of(model);
  for (size_t i = 0; i < exact.size(); ++i) EXPECT_LE(relative_error(narrow[i], exact[i]), 0.04);
}

TEST_P(Encoder, EveryTokenChangesTheRewardOfItsTextAndOfNoOther) {
  const TestGroup& last = golden_.groups.back();
  for (size_t t = 0; t < last.back().ids.size(); ++t) {
    std::vector<TestGroup> changed = golden_.groups;
    int32_t& id = changed.back().back().ids[t];
    id = id == 5 ? 6 : 5;
    const at::Tensor rewards = whole_.score(make_batch(changed));
    const int64_t rows = rewards.size(0);
    EXPECT_TRUE(at::equal(rewards.narrow(0, 0, rows - 1), rewards_.narrow(0, 0, rows - 1)));
    EXPECT_NE(rewards[rows - 1].item<double>(), rewards_[rows - 1].item<double>()) << t;
  }
}

std::vector<std::string> encoders() {
  std::vector<std::string> names;
  for (const std::string& name : golden_names()) {
    if (!Golden(name).causal) names.push_back(name);
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(Folders, Encoder, testing::ValuesIn(encoders()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace laurel::encoder_test
