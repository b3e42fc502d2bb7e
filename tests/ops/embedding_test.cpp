// Embedding lookup, and gradients of repeated ids.
#include "ops/embedding.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "ops/cuda/encoder_math.h"
#include "support/near.h"

namespace laurel::embedding_test {
namespace {

TEST(Embedding, CopiesTheRowsOfItsIds) {
  const at::Tensor weight = doubles({1, 2, 3, 4, 5, 6}, {3, 2});
  const at::Tensor out = at::empty({4, 2}, at::kDouble);
  embedding_forward(at::tensor({2, 0, 2, 1}, at::kInt), weight, out);
  expect_near(out, doubles({5, 6, 1, 2, 5, 6, 3, 4}, {4, 2}), 0);
}

TEST(Embedding, AddsTheRowsOfItsIdsToWhatIsThere) {
  const at::Tensor weight = doubles({1, 2, 3, 4, 5, 6}, {3, 2});
  const at::Tensor out = doubles({10, 20, 30, 40, 50, 60}, {3, 2});
  const at::Tensor ids = at::tensor({2, 0, 2}, at::kInt);
  const at::Tensor math = out.clone(), narrow = out.to(at::kBFloat16);
  embedding_add_forward(ids, weight, out);
  expect_near(out, doubles({15, 26, 31, 42, 55, 66}, {3, 2}), 0);
  embedding_add_math(ids, weight, math);
  expect_near(math, out, 0);
  embedding_add_forward(ids, weight.to(at::kBFloat16), narrow);
  expect_near(narrow, out, 0);
}

TEST(Embedding, GradientsOfARepeatedIdAddUpAndUnusedRowsAreUntouched) {
  const at::Tensor grad_weight = at::ones({3, 2}, at::kDouble);
  embedding_backward(doubles({1, 2, 10, 20, 100, 200}, {3, 2}), at::tensor({2, 0, 2}, at::kInt),
                     grad_weight);
  expect_near(grad_weight, doubles({11, 21, 1, 1, 102, 203}, {3, 2}), 0);
}

TEST(Embedding, RowsAndTheirGradientsAreTimesTheScale) {
  const at::Tensor weight = doubles({1, 2, 3, 4, 5, 6}, {3, 2});
  const at::Tensor ids = at::tensor({2, 0}, at::kInt), out = at::empty({2, 2}, at::kDouble);
  embedding_forward(ids, weight, out, 1.5);
  expect_near(out, doubles({7.5, 9, 1.5, 3}, {2, 2}), 0);
  const at::Tensor grad_weight = at::ones({3, 2}, at::kDouble);
  embedding_backward(doubles({1, 2, 10, 20}, {2, 2}), ids, grad_weight, 1.5);
  expect_near(grad_weight, doubles({16, 31, 1, 1, 2.5, 4}, {3, 2}), 0);
  // bf16: one rounding, of the product.
  const at::Tensor half = weight.to(at::kBFloat16), scaled = at::empty({2, 2}, at::kBFloat16);
  embedding_forward(ids, half, scaled, 55.5);
  EXPECT_TRUE(at::equal(scaled, (half.index_select(0, ids) * 55.5)));
}

TEST(Embedding, AnIdOutsideTheVocabularyIsABug) {
  const at::Tensor weight = at::zeros({3, 2});
  const at::Tensor out = at::empty({1, 2});
  for (const int32_t id : {3, -1}) {
    EXPECT_THAT([&] { embedding_forward(at::tensor({id}, at::kInt), weight, out); },
                testing::ThrowsMessage<c10::Error>(testing::HasSubstr("id[t] < weight.size(0)")));
  }
}

}  // namespace
}  // namespace laurel::embedding_test
