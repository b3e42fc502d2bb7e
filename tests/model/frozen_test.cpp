// A backbone that is not trained: it has no gradient, and the head's is the same.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "support/batches.h"
#include "support/random_model.h"

namespace laurel::frozen_test {
namespace {

TEST(FrozenBackbone, TheHeadsGradientIsWhatItIsBesideATrainedOne) {
  const LlamaConfig config = small_config("llama");
  const TokenBatch batch = make_batch(std::vector<TestGroup>{{{random_ids(9, 31, 1), {}}}});
  RewardModel trained = random_model(config);
  Parameters parameters = random_model(config).parameters();
  parameters.backbone.gradient = at::Tensor();
  RewardModel frozen(Llama{config}, std::move(parameters));
  for (RewardModel* const model : {&trained, &frozen}) {
    const at::Tensor rewards = model->forward(batch);
    model->backward(batch, at::ones_like(rewards));
  }
  EXPECT_FALSE(frozen.parameters().backbone.gradient.defined());
  EXPECT_GT(frozen.parameters().head.gradient.abs().max().item<double>(), 0);
  EXPECT_TRUE(at::equal(frozen.parameters().head.gradient, trained.parameters().head.gradient));
}

}  // namespace
}  // namespace laurel::frozen_test
