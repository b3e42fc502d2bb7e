// The head's bias: where it lies, what it adds, its gradient.
#include "model/head.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "support/near.h"

namespace laurel::head_test {
namespace {

TEST(Head, ABiasLiesBetweenTheWeightAndTheLossParametersAndDoesNotDecay) {
  const Layout layout = head_layout(2, 3, 4, true, {"classifier.weight", "classifier.bias"});
  ASSERT_EQ(layout.tensors.size(), 3u);
  EXPECT_EQ(head_weight(layout).name, "classifier.weight");
  ASSERT_NE(head_bias(layout), nullptr);
  EXPECT_EQ(head_bias(layout)->name, "classifier.bias");
  EXPECT_EQ(head_bias(layout)->shape, std::vector<int64_t>{2});
  EXPECT_FALSE(head_bias(layout)->decay);
  EXPECT_EQ(layout.tensors[2].name, kLossParameters);
  EXPECT_EQ(head_bias(head_layout(2, 3, 4)), nullptr);
  EXPECT_EQ(head_bias(head_layout(2, 3)), nullptr);
}

TEST(Head, ABiasIsAddedToEveryRewardAndItsGradientIsTheSumOfTheirs) {
  ParameterBuffer head = make_parameter_buffer(head_layout(2, 3, 0, true), at::kDouble);
  make_trainable(head);
  view(head.weights, head_weight(head.layout)).copy_(doubles({1, 2, 3, 0, -1, 1}, {2, 3}));
  view(head.weights, *head_bias(head.layout)).copy_(doubles({10, 20}, {2}));
  const at::Tensor features = doubles({1, 1, 1, 2, 0, 1}, {2, 3});
  expect_near(head_forward(features, head), doubles({16, 20, 15, 21}, {2, 2}), 0);
  const at::Tensor grad = doubles({1, 2, 3, 4}, {2, 2});
  for (int time = 1; time <= 2; ++time) {  // gradients add up
    expect_near(head_backward(grad, features, head), doubles({1, 0, 5, 3, 2, 13}, {2, 3}), 0);
    expect_near(view(head.gradient, *head_bias(head.layout)), time * doubles({4, 6}, {2}), 0);
    expect_near(view(head.gradient, head_weight(head.layout)),
                time * doubles({7, 1, 4, 10, 2, 6}, {2, 3}), 0);
  }
}

TEST(Head, ANewHeadHasABiasOfZeroAndTheWeightThatItHasWithoutOne) {
  ParameterBuffer with = make_parameter_buffer(head_layout(1, 64, 0, true), at::kFloat);
  with.weights.fill_(1);
  init_head(with, 3);
  ParameterBuffer without = make_parameter_buffer(head_layout(1, 64), at::kFloat);
  init_head(without, 3);
  EXPECT_EQ(view(with.weights, *head_bias(with.layout)).item<float>(), 0);
  EXPECT_TRUE(at::equal(view(with.weights, head_weight(with.layout)),
                        view(without.weights, head_weight(without.layout))));
}

}  // namespace
}  // namespace laurel::head_test
