// Gemma's embeddings are times the root of the width, in the type of the weights.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cmath>

#include "model/backbone.h"

namespace laurel::gemma_embedding_test {
namespace {

// One token's embedding of ones in a model that is 3072 wide.
at::Tensor embedded(at::ScalarType type) {
  const Gemma gemma{{.vocab_size = 2, .hidden_size = 3072, .embedding_scale = std::sqrt(3072.0)}};
  const Parameters parameters{make_parameter_buffer(gemma.layout(), type), {}};
  parameters.backbone.weights.fill_(1);
  WorkerTokens tokens;
  tokens.ids = at::ones({1}, at::kInt);
  at::Tensor out = at::empty({1, 3072}, type);
  Gemma::SavedEmbedding saved;
  gemma.embed(tokens, parameters, saved, out);
  return out;
}

TEST(GemmaEmbedding, TheScaleIsRoundedToTheTypeOfTheWeights) {
  EXPECT_EQ(embedded(at::kBFloat16)[0][0].item<double>(), 55.5);
  EXPECT_EQ(embedded(at::kFloat)[0][5].item<float>(), static_cast<float>(std::sqrt(3072.0)));
  EXPECT_EQ(embedded(at::kDouble)[0][7].item<double>(), std::sqrt(3072.0));
}

}  // namespace
}  // namespace laurel::gemma_embedding_test
