// Dropout of whole models: the places and gradients of a twin with the same masks, and masks that
// do not depend on how rows are packed, split, or computed again.
#include "model/dropout.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "support/batches.h"
#include "support/encoder_twin.h"
#include "support/gemma_twin.h"
#include "support/near.h"
#include "support/random_model.h"
#include "support/twin.h"

namespace laurel::dropout_test {
namespace {

const DropoutOptions kBoth{.model = .3, .adapters = .4, .seed = 5};

// A pair with a common beginning of 4, a row alone, a pair of one length.
std::vector<TestGroup> groups_for(const Backbone& backbone) {
  const PoolingRule rule = backbone_info(backbone).pooling.rule;
  const auto row = [&](std::vector<int32_t> ids, uint64_t seed, int64_t more) {
    const std::vector<int32_t> rest = random_ids(more, 30, seed);
    ids.insert(ids.end(), rest.begin(), rest.end());
    TestResponse response{ids, {}};
    if (rule == PoolingRule::first) response.pool = PoolRange{0, 1};
    return response;
  };
  const std::vector<int32_t> prompt = random_ids(4, 30, 1), other = random_ids(3, 30, 2);
  return {{row(prompt, 3, 3), row(prompt, 4, 6)},
          {row({}, 5, 7)},
          {row(other, 6, 2), row(other, 7, 2)}};
}

bool is_causal(const Backbone& backbone) { return backbone_info(backbone).pooling.causal; }

RewardModel adapted(const std::string& type, const DropoutOptions& dropout,
                    Recompute recompute = Recompute::none) {
  return with_dropout(random_model_with_adapters(small_backbone(type), {.rank = 3, .alpha = 6}),
                      dropout, recompute);
}

at::Tensor weights_for(const at::Tensor& rewards) {
  return at::cos(at::arange(rewards.numel(), at::kDouble)).view_as(rewards);
}

template <class AnyTwin>
void expect_as_twin(RewardModel& model, const DropoutOptions& dropout, SharePrefix share) {
  const std::vector<TestGroup> groups = groups_for(model.backbone());
  const TokenBatch batch = make_batch(groups, share, 2);
  AnyTwin without(model);
  expect_near(model.score(batch), without.rewards(groups), 1e-12);  // scoring drops nothing
  for (const int64_t step : {0, 7}) {
    AnyTwin twin(model);
    twin.drop(dropout, step);
    const at::Tensor expected = twin.rewards(groups);
    EXPECT_GT(relative_error(expected, without.rewards(groups)), 1e-3);
    (expected * weights_for(expected)).sum().backward();
    for (ParameterBuffer& buffer : model.parameters().buffers()) {
      if (buffer.gradient.defined()) buffer.gradient.zero_();
    }
    expect_near(model.forward(batch, step), expected, 1e-12);
    model.backward(batch, weights_for(expected));
    for (const ParameterBuffer& buffer : model.parameters().buffers()) {
      if (!buffer.gradient.defined()) continue;
      for (const TensorSpec& spec : buffer.layout.tensors) {
        if (!has_gradient(buffer, spec)) continue;
        const at::Tensor gradient = twin.weights().at(spec.name).grad();
        const at::Tensor found = trained_view(buffer.layout, buffer.gradient, spec);
        // A key's bias moves all scores of a query alike: its gradient is rounding.
        const double largest = gradient.abs().max().item<double>();
        EXPECT_LE(largest < 1e-12 ? found.abs().max().item<double>() / 1e-2
                                  : relative_error(found, gradient),
                  1e-10)
            << spec.name;
      }
    }
  }
}

class DropoutTwin : public testing::TestWithParam<std::string> {
 protected:
  void expect(RewardModel model, const DropoutOptions& dropout) {
    for (const SharePrefix share : {SharePrefix::no, SharePrefix::yes}) {
      if (!is_causal(model.backbone())) {
        if (share == SharePrefix::no) expect_as_twin<EncoderTwin>(model, dropout, share);
      } else if (std::holds_alternative<Gemma>(model.backbone())) {
        expect_as_twin<GemmaTwin>(model, dropout, share);
      } else {
        expect_as_twin<Twin>(model, dropout, share);
      }
    }
  }
};

TEST_P(DropoutTwin, RewardsAndEveryGradientAgreeInDoublePrecision) {
  const DropoutOptions dropout{.model = .3, .seed = 5};
  expect(with_dropout(random_model(small_backbone(GetParam())), dropout), dropout);
}

TEST_P(DropoutTwin, TheGradientsOfAdaptersAgreeInDoublePrecision) {
  if (GetParam().starts_with("gemma")) GTEST_SKIP() << "its twin has no dropout of adapters";
  for (const DropoutOptions& dropout : {kBoth, DropoutOptions{.adapters = .4, .seed = 5}}) {
    expect(adapted(GetParam(), dropout), dropout);
  }
}

INSTANTIATE_TEST_SUITE_P(Families, DropoutTwin,
                         testing::Values("llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2",
                                         "gemma3_text", "bert", "roberta", "modernbert"),
                         [](const auto& info) { return info.param; });

class DropoutOf : public testing::TestWithParam<std::string> {
 protected:
  // Rewards of a step, and all gradients one behind the other.
  static std::pair<at::Tensor, at::Tensor> run(RewardModel model,
                                               const std::vector<TokenBatch>& batches,
                                               int64_t step = 3) {
    std::vector<at::Tensor> rewards, gradients;
    for (const TokenBatch& batch : batches) {
      rewards.push_back(model.forward(batch, step));
      model.backward(batch, at::ones_like(rewards.back()));
    }
    for (const ParameterBuffer& buffer : model.parameters().buffers()) {
      if (buffer.gradient.defined()) gradients.push_back(buffer.gradient);
    }
    return {at::cat(rewards), at::cat(gradients)};
  }

  const Backbone backbone_ = small_backbone(GetParam());
  const std::vector<TestGroup> groups_ = groups_for(backbone_);
};

TEST_P(DropoutOf, RecomputedActivationsAreTheSameBitForBit) {
  const TokenBatch batch = make_batch(groups_, SharePrefix::no, 2);
  const auto [rewards, gradients] = run(adapted(GetParam(), kBoth), {batch});
  for (const Recompute recompute : {Recompute::gate_up, Recompute::inputs}) {
    const auto [again, found] = run(adapted(GetParam(), kBoth, recompute), {batch});
    EXPECT_TRUE(at::equal(again, rewards));
    EXPECT_TRUE(at::equal(found, gradients));
  }
}

TEST_P(DropoutOf, MasksAreThoseOfAnyPackingWorkersAndMicroBatches) {
  const auto [rewards, gradients] = run(adapted(GetParam(), kBoth), {make_batch(groups_)});
  std::vector<TokenBatch> alone;
  for (const TestGroup& group : groups_) {
    for (const TestResponse& row : group) alone.push_back(make_batch({{row}}));
  }
  std::vector<std::vector<TokenBatch>> packings{
      {make_batch(groups_, SharePrefix::no, 2)}, {make_batch(groups_, SharePrefix::no, 3)}, alone};
  if (is_causal(backbone_)) packings.push_back({make_batch(groups_, SharePrefix::yes, 2)});
  for (const std::vector<TokenBatch>& packing : packings) {
    const auto [again, found] = run(adapted(GetParam(), kBoth), packing);
    expect_near(again, rewards, 1e-12);
    expect_near(found, gradients, 1e-11);
  }
}

TEST_P(DropoutOf, EveryStepAndSeedHasItsOwnMasksAndTheSameOnesAgain) {
  const TokenBatch batch = make_batch(groups_);
  const at::Tensor rewards = run(adapted(GetParam(), kBoth), {batch}).first;
  EXPECT_TRUE(at::equal(run(adapted(GetParam(), kBoth), {batch}).first, rewards));
  EXPECT_FALSE(at::equal(run(adapted(GetParam(), kBoth), {batch}, 4).first, rewards));
  DropoutOptions other = kBoth;
  other.seed = 6;
  EXPECT_FALSE(at::equal(run(adapted(GetParam(), other), {batch}).first, rewards));
}

TEST_P(DropoutOf, RateZeroIsTheModelWithoutIt) {
  const TokenBatch batch = make_batch(groups_);
  const auto [rewards, gradients] = run(adapted(GetParam(), {.seed = 5}), {batch});
  const auto [plain, expected] =
      run(random_model_with_adapters(backbone_, {.rank = 3, .alpha = 6}), {batch});
  EXPECT_TRUE(at::equal(rewards, plain));
  EXPECT_TRUE(at::equal(gradients, expected));
}

INSTANTIATE_TEST_SUITE_P(Families, DropoutOf,
                         testing::Values("llama", "qwen3", "gemma", "gemma2", "bert", "roberta",
                                         "modernbert"),
                         [](const auto& info) { return info.param; });

// Rewards are linear in adapters that add next to nothing to the last layer's output, so that their
// mean over many steps is what nothing dropped gives.
TEST(DropoutOfAdapters, KeepsTheMean) {
  const LoraOptions options{
      .rank = 3, .alpha = 6, .targets = std::vector<std::string>{"layers.1.mlp.down_proj"}};
  RewardModel model = with_dropout(random_model_with_adapters(small_backbone("llama"), options),
                                   {.adapters = .2, .seed = 1});
  const TokenBatch batch = make_batch(groups_for(model.backbone()));
  const at::Tensor& weights = model.parameters().adapters.weights;
  weights.mul_(1e-3);
  const at::Tensor adapters = weights.clone();
  const at::Tensor expected = model.score(batch).clone();
  weights.zero_();
  const at::Tensor without = model.score(batch).clone();
  weights.copy_(adapters);
  at::Tensor sum = at::zeros_like(expected);
  constexpr int kSteps = 4000;
  for (int step = 0; step < kSteps; ++step) sum += model.forward(batch, step) - without;
  expect_near(sum / kSteps, expected - without, .05);
}

TEST(DropoutRows, AreOfAPromptAndATextUpToAToken) {
  const at::Tensor ids = at::tensor({1, 2, 3, 3, 1, 2, 3, 1, 2, 3}, at::kInt);
  const std::vector<Span> spans{{0, 2, -1}, {2, 1, 0}, {3, 1, 0}, {4, 3, -1}, {7, 3, -1}};
  const std::vector<uint64_t> prompts{8, 8, 8, 8, 9};
  const std::vector<uint64_t> rows = dropout_rows(ids, spans, prompts, true);
  EXPECT_EQ(rows[2], rows[3]);  // two responses that continue alike
  EXPECT_EQ(rows[2], rows[6]);  // and a row that is computed alone
  EXPECT_NE(rows[2], rows[9]);  // another prompt
  EXPECT_NE(rows[1], rows[2]);
  const std::vector<uint64_t> seen = dropout_rows(ids, spans, prompts, false);
  EXPECT_NE(seen[4], seen[5]);  // places of one row
  EXPECT_NE(seen[4], seen[7]);
  const std::vector<Span> alone{{0, 3, -1}, {3, 3, -1}};
  const at::Tensor two = at::tensor({1, 2, 3, 1, 2, 4}, at::kInt);
  const std::vector<uint64_t> ends = dropout_rows(two, alone, {}, false);
  EXPECT_NE(ends[0], ends[3]);  // what follows is seen
  EXPECT_EQ(dropout_rows(two, alone, {}, true)[0], dropout_rows(two, alone, {}, true)[3]);
}

}  // namespace
}  // namespace laurel::dropout_test
