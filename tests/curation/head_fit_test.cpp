// Heads on features: closed solutions, and the conditions of a minimum.
#include "curation/head_fit.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cmath>

#include "core/random.h"

namespace laurel::head_fit_test {
namespace {

// Rows 0 and 1 have the features 1 and -1: of four pairs three prefer row 0, so that without L2 the
// margin of the best head is log 3.
TEST(HeadFit, OneFeatureHasTheLogOddsOfItsPairs) {
  const at::Tensor features = at::tensor({1.0, -1.0}, at::kDouble).view({2, 1});
  std::vector<FeaturePair> pairs(4, {.better = 0, .worse = 1});
  pairs[3] = {.better = 1, .worse = 0};
  const at::Tensor head = fit_head(features, pairs, 0, zero_head(features));
  EXPECT_NEAR(head[0].item<double>(), std::log(3.0) / 2, 1e-6);
  EXPECT_NEAR(margins_of(features, pairs, head)[0], std::log(3.0), 1e-6);
  EXPECT_NEAR(margins_of(features, pairs, head)[3], -std::log(3.0), 1e-6);
}

TEST(HeadFit, AWeightCountsLikeAsManyPairs) {
  const at::Tensor features = at::tensor({1.0, -1.0}, at::kDouble).view({2, 1});
  const std::vector<FeaturePair> pairs = {{.better = 0, .worse = 1, .weight = 3},
                                          {.better = 1, .worse = 0}};
  const at::Tensor head = fit_head(features, pairs, 0, zero_head(features));
  EXPECT_NEAR(head[0].item<double>(), std::log(3.0) / 2, 1e-6);
}

struct Example {
  at::Tensor features;
  std::vector<FeaturePair> pairs;
};

// Rewards by a hidden head, labels by Bradley and Terry.
Example random_example(int responses, int columns, int pairs, uint64_t seed) {
  Random random(seed);
  Example out{at::empty({responses, columns}, at::kDouble), {}};
  double* const values = out.features.mutable_data_ptr<double>();
  for (int i = 0; i < responses * columns; ++i) values[i] = random.normal();
  for (int i = 0; i < pairs; ++i) {
    const auto a = static_cast<int32_t>(random.below(responses));
    const auto b = static_cast<int32_t>((a + 1 + random.below(responses - 1)) % responses);
    const double margin = 2 * (values[a * columns] - values[b * columns]);
    const bool first = random.uniform() < 1 / (1 + std::exp(-margin));
    out.pairs.push_back({.better = first ? a : b, .worse = first ? b : a});
  }
  return out;
}

// grad = -mean((1 - S(m)) (x_better - x_worse)) + l2 w, worked out without autograd.
TEST(HeadFit, TheGradientIsZeroWhereItEnds) {
  const Example example = random_example(60, 12, 500, 3);
  const double l2 = 0.01;
  const at::Tensor head =
      fit_head(example.features, example.pairs, l2, zero_head(example.features));
  at::Tensor gradient = l2 * head;
  const std::vector<double> margins = margins_of(example.features, example.pairs, head);
  for (size_t i = 0; i < margins.size(); ++i) {
    const at::Tensor difference =
        example.features[example.pairs[i].better] - example.features[example.pairs[i].worse];
    gradient = gradient - difference / (500 * (1 + std::exp(margins[i])));
  }
  EXPECT_LT(gradient.abs().max().item<double>(), 1e-6);
  EXPECT_GT(head[0].item<double>(), 1);
}

TEST(HeadFit, TheStartDoesNotMatter) {
  const Example example = random_example(60, 12, 500, 3);
  const at::Tensor zero = zero_head(example.features);
  const at::Tensor a = fit_head(example.features, example.pairs, 0.01, zero);
  const at::Tensor b = fit_head(example.features, example.pairs, 0.01, zero + 3);
  EXPECT_LT((a - b).abs().max().item<double>(), 1e-4);
}

TEST(HeadFit, NoiseAsksForMoreL2) {
  const Example few = random_example(300, 200, 300, 5), more = random_example(300, 200, 300, 5);
  const Example checked = random_example(300, 200, 300, 6);
  const double l2 = choose_l2(few.features, few.pairs, more.pairs).l2;  // its own pairs: the least
  EXPECT_EQ(l2, 0.01);
  // Other pairs of other responses: 200 columns of which one matters.
  const at::Tensor both = at::cat({few.features, checked.features});
  std::vector<FeaturePair> held_out = checked.pairs;
  for (FeaturePair& pair : held_out) {
    pair.better += 300;
    pair.worse += 300;
  }
  EXPECT_GT(choose_l2(both, few.pairs, held_out).l2, 0.05);
}

TEST(HeadFit, StandardisedColumnsHaveMean0AndDeviation1OrAre0) {
  const at::Tensor out = standardised(at::tensor({1.f, 5.f, 3.f, 5.f, 8.f, 5.f}).view({3, 2}));
  EXPECT_NEAR(out.select(1, 0).mean().item<double>(), 0, 1e-12);
  EXPECT_NEAR(out.select(1, 0).square().mean().item<double>(), 1, 1e-12);
  EXPECT_EQ(out.select(1, 1).abs().max().item<double>(), 0);
}

}  // namespace
}  // namespace laurel::head_fit_test
