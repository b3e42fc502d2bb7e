// How rows are packed changes nothing: alone or together, prompts shared or not, in any order.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gmock/gmock.h>

#include "support/batches.h"
#include "support/near.h"
#include "support/random_model.h"

namespace laurel::model_test {
namespace {

// "llama", or "llama_lora": adapters on all its linear maps, its backbone frozen.
RewardModel model_named(const std::string& name, at::ScalarType type = at::kDouble) {
  const size_t end = name.find("_lora");
  const Backbone backbone = small_backbone(name.substr(0, end));
  return end == std::string::npos
             ? random_model(backbone, 1, type)
             : random_model_with_adapters(backbone, {.rank = 3, .alpha = 1}, type);
}

void clear(RewardModel& model) {
  for (ParameterBuffer& buffer : model.parameters().buffers()) {
    if (buffer.gradient.defined()) buffer.gradient.zero_();
  }
}

// Row r's reward gets the gradient grad[r]; gradients add to what is there.
at::Tensor run(RewardModel& model, const TokenBatch& batch, const at::Tensor& grad) {
  const at::Tensor rewards = model.forward(batch);
  model.backward(batch, grad);
  return rewards;
}

std::vector<at::Tensor> gradients_of(RewardModel& model) {
  std::vector<at::Tensor> gradients;
  for (const ParameterBuffer& buffer : model.parameters().buffers()) {
    if (buffer.gradient.defined()) gradients.push_back(buffer.gradient.clone());
  }
  return gradients;
}

void expect_same(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  for (size_t i = 0; i < a.size(); ++i) EXPECT_LE(relative_error(a[i], b[i]), 1e-12);
}

// Three groups: a ranking of three with a common prompt, a pair, a rating.
std::vector<TestGroup> groups_of(int64_t vocab_size) {
  std::vector<TestGroup> groups(3);
  uint64_t seed = 0;
  for (size_t g = 0; g < groups.size(); ++g) {
    const std::vector<int32_t> prompt = random_ids(static_cast<int64_t>(6 - g), vocab_size, ++seed);
    for (size_t row = 0; row < 3 - g; ++row) {
      std::vector<int32_t> ids = prompt;
      const auto answer = random_ids(static_cast<int64_t>(3 + 4 * row), vocab_size, ++seed);
      ids.insert(ids.end(), answer.begin(), answer.end());
      groups[g].push_back({ids, {}});
    }
  }
  return groups;
}

const at::Tensor kGrad = doubles({0.5, -1, 2, 0.25, -0.75, 1.5}, {6, 1});

class ModelInvariant : public testing::TestWithParam<std::string> {
 protected:
  RewardModel model_ = model_named(GetParam());
  int64_t vocab_size_ = backbone_info(model_.backbone()).vocab_size;
  std::vector<TestGroup> groups_ = groups_of(vocab_size_);
};

TEST_P(ModelInvariant, RowsPackedTogetherGiveWhatTheyGiveAlone) {
  const at::Tensor together = run(model_, make_batch(groups_), kGrad);
  const auto gradients = gradients_of(model_);
  clear(model_);
  std::vector<at::Tensor> alone;
  for (const TestGroup& group : groups_) {
    for (const TestResponse& one : group) {
      const auto row = static_cast<int64_t>(alone.size());
      alone.push_back(run(model_, make_batch({{one}}), kGrad.narrow(0, row, 1)));
    }
  }
  expect_rewards_near(at::cat(alone), together, 1e-12);
  expect_same(gradients_of(model_), gradients);
}

TEST_P(ModelInvariant, SharedPromptsGiveWhatUnsharedOnesGive) {
  const TokenBatch apart = make_batch(groups_, SharePrefix::no);
  const TokenBatch shared = make_batch(groups_, SharePrefix::yes);
  EXPECT_EQ(shared.ids.size(0), apart.ids.size(0) - 2 * 6 - 5);
  const at::Tensor expected = run(model_, apart, kGrad);
  const auto gradients = gradients_of(model_);
  clear(model_);
  expect_near(run(model_, shared, kGrad), expected, 1e-12);
  expect_same(gradients_of(model_), gradients);
}

TEST_P(ModelInvariant, TheOrderOfGroupsIsIrrelevant) {
  const at::Tensor expected = run(model_, make_batch(groups_, SharePrefix::yes), kGrad);
  const auto gradients = gradients_of(model_);
  clear(model_);
  const std::vector<TestGroup> turned{groups_[2], groups_[0], groups_[1]};
  const at::Tensor grad = at::cat({kGrad.narrow(0, 5, 1), kGrad.narrow(0, 0, 5)});
  const at::Tensor rewards = run(model_, make_batch(turned, SharePrefix::yes), grad);
  expect_near(at::cat({rewards.narrow(0, 1, 5), rewards.narrow(0, 0, 1)}), expected, 1e-12);
  expect_same(gradients_of(model_), gradients);
}

TEST_P(ModelInvariant, ChangingOneGroupLeavesEveryOtherRewardBitwiseAlone) {
  const at::Tensor before = model_.score(make_batch(groups_, SharePrefix::yes));
  for (TestResponse& row : groups_[1]) row.ids.back() = (row.ids.back() + 1) % 31;
  const at::Tensor after = model_.score(make_batch(groups_, SharePrefix::yes));
  EXPECT_TRUE(at::equal(after.narrow(0, 0, 3), before.narrow(0, 0, 3)));
  EXPECT_TRUE(at::equal(after.narrow(0, 5, 1), before.narrow(0, 5, 1)));
  EXPECT_FALSE(at::equal(after, before));
}

TEST_P(ModelInvariant, InSinglePrecisionPackingMovesARewardByLessThanAHundredThousandth) {
  RewardModel model = model_named(GetParam(), at::kFloat);
  const at::Tensor together = model.score(make_batch(groups_, SharePrefix::yes));
  std::vector<at::Tensor> alone;
  for (const TestGroup& group : groups_) {
    for (const TestResponse& one : group) alone.push_back(model.score(make_batch({{one}})));
  }
  expect_rewards_near(at::cat(alone), together, 1e-5);
}

TEST_P(ModelInvariant, RecomputedActivationsAreTheSameBitForBit) {
  const TokenBatch batch = make_batch(groups_, SharePrefix::yes, 2),
                   other = make_batch({groups_[1]});
  run(model_, other, kGrad.narrow(0, 0, 2));
  const at::Tensor expected = run(model_, batch, kGrad), scores = model_.score(batch);
  const auto gradients = gradients_of(model_);
  for (const Recompute recompute : {Recompute::gate_up, Recompute::inputs}) {
    RewardModel model(model_.backbone(), model_named(GetParam()).parameters(), recompute);
    run(model, other, kGrad.narrow(0, 0, 2));
    EXPECT_TRUE(at::equal(run(model, batch, kGrad), expected));
    EXPECT_TRUE(at::equal(model.score(batch), scores));
    const auto again = gradients_of(model);
    for (size_t i = 0; i < again.size(); ++i) EXPECT_TRUE(at::equal(again[i], gradients[i]));
  }
}

TEST_P(ModelInvariant, FillerTokensChangeNothing) {
  TokenBatch batch = make_batch(groups_, SharePrefix::yes);
  const at::Tensor expected = run(model_, batch, kGrad);
  const auto gradients = gradients_of(model_);
  clear(model_);
  const auto tokens = static_cast<int32_t>(batch.ids.size(0));
  batch.ids = at::cat({batch.ids, at::zeros({5}, at::kInt)});
  batch.position_ids = at::cat({batch.position_ids, at::arange(5, at::kInt)});
  batch.spans.push_back({tokens, 5, -1});
  batch.worker_parts.back().token_end += 5;
  batch.worker_parts.back().span_end += 1;
  expect_near(run(model_, batch, kGrad), expected, 1e-12);
  expect_same(gradients_of(model_), gradients);
}

TEST_P(ModelInvariant, ScoringBetweenForwardAndAfterLongerBatchesLeavesResultsAlone) {
  const TokenBatch batch = make_batch(groups_, SharePrefix::yes);
  const at::Tensor first = model_.score(batch);
  const auto ids = random_ids(600, vocab_size_, 9);  // also a longer rope table
  EXPECT_TRUE(model_.score(make_batch({std::vector<int32_t>(ids)})).isfinite().all().item<bool>());
  EXPECT_TRUE(at::equal(model_.forward(batch), first));
  EXPECT_TRUE(at::equal(model_.score(batch), first));
}

TEST_P(ModelInvariant, TwoThreadsGiveWhatOneGives) {
  const int threads = at::get_num_threads();
  const TokenBatch batch = make_batch(groups_, SharePrefix::yes);
  at::set_num_threads(1);
  const at::Tensor expected = run(model_, batch, kGrad);
  const auto gradients = gradients_of(model_);
  clear(model_);
  at::set_num_threads(2);
  expect_near(run(model_, batch, kGrad), expected, 1e-12);
  expect_same(gradients_of(model_), gradients);
  at::set_num_threads(threads);
}

TEST_P(ModelInvariant, SeveralWorkersGiveWhatOneGives) {
  const at::Tensor expected = run(model_, make_batch(groups_, SharePrefix::yes), kGrad);
  const auto gradients = gradients_of(model_);
  for (const size_t worker_parts : {2, 3}) {
    const TokenBatch batch = make_batch(groups_, SharePrefix::yes, worker_parts);
    ASSERT_EQ(batch.worker_parts.size(), worker_parts);
    clear(model_);
    const at::Tensor rewards = run(model_, batch, kGrad);
    expect_near(rewards, expected, 1e-12);
    expect_same(gradients_of(model_), gradients);
    const auto first = gradients_of(model_);
    for (int repeat = 0; repeat < 5; ++repeat) {  // whichever worker is faster
      clear(model_);
      EXPECT_TRUE(at::equal(run(model_, batch, kGrad), rewards));
      const auto again = gradients_of(model_);
      for (size_t i = 0; i < again.size(); ++i) EXPECT_TRUE(at::equal(again[i], first[i]));
    }
  }
}

TEST_P(ModelInvariant, TheSameBatchTwiceIsBitwiseTheSame) {
  const TokenBatch batch = make_batch(groups_, SharePrefix::yes);
  const at::Tensor expected = run(model_, batch, kGrad);
  const auto gradients = gradients_of(model_);
  clear(model_);
  EXPECT_TRUE(at::equal(run(model_, batch, kGrad), expected));
  const auto again = gradients_of(model_);
  for (size_t i = 0; i < again.size(); ++i) EXPECT_TRUE(at::equal(again[i], gradients[i]));
}

INSTANTIATE_TEST_SUITE_P(Families, ModelInvariant,
                         testing::Values("llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2",
                                         "gemma3_text", "llama_lora", "qwen2_lora", "gemma2_lora"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace laurel::model_test
