// Where in the model numbers stop being finite.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <limits>

#include "support/batches.h"
#include "support/random_model.h"

namespace laurel::not_finite_test {
namespace {

TEST(FirstNonfiniteLayer, IsTheLayerWhoseWeightOverflows) {
  const TokenBatch batch =
      make_batch({{{{1, 2, 3}, {}}}, {{{4, 5, 6, 7}, {}}}}, SharePrefix::no, 2);
  const auto found = [&](const std::string& tensor, double value) {
    RewardModel model = random_model(small_config("llama"));
    ParameterBuffer& backbone = model.parameters().backbone;
    view(backbone.weights, backbone.layout.at(tensor)).fill_(value);
    model.forward(batch);
    return model.first_nonfinite_layer();
  };
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(found("model.layers.0.mlp.down_proj.weight", 1), std::nullopt);
  EXPECT_EQ(found("model.embed_tokens.weight", kInfinity), 0);
  EXPECT_EQ(found("model.layers.0.mlp.down_proj.weight", kInfinity), 1);
  EXPECT_EQ(found("model.layers.1.input_layernorm.weight", kInfinity), 2);
  EXPECT_EQ(found("model.norm.weight", kInfinity), std::nullopt);  // the head
}

}  // namespace
}  // namespace laurel::not_finite_test
