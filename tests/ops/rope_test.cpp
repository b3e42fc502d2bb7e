// Rope: frequencies of all types by hand and from transformers, the rotation, and that backward undoes it.
#include "ops/rope.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "support/near.h"

namespace laurel::rope_test {
namespace {

TEST(Rope, StandardFrequenciesFallGeometricallyFromOne) {
  const auto f = rope_frequencies({.theta = 10000}, 8);
  ASSERT_EQ(f.size(), 4u);
  EXPECT_DOUBLE_EQ(f[0], 1);
  EXPECT_DOUBLE_EQ(f[1], 0.1);
  EXPECT_DOUBLE_EQ(f[2], 0.01);
  EXPECT_DOUBLE_EQ(f[3], 0.001);
}

TEST(Rope, LinearDividesEveryFrequencyByTheFactor) {
  const auto f = rope_frequencies({.type = RopeType::linear, .theta = 10000, .factor = 4}, 4);
  EXPECT_DOUBLE_EQ(f[0], 0.25);
  EXPECT_DOUBLE_EQ(f[1], 0.0025);
}

TEST(Rope, Llama3KeepsShortWavesDividesLongOnesAndBlendsBetween) {
  // Wavelengths 2 pi * {1, 10, 100}; the original length 128 holds {20.4, 2.04, 0.204} of them.
  const RopeConfig rope{.type = RopeType::llama3,
                        .theta = 1000,
                        .factor = 8,
                        .low_freq_factor = 1,
                        .high_freq_factor = 4,
                        .original_max_positions = 128};
  const auto f = rope_frequencies(rope, 6);
  const double smooth = (128 / (20 * std::numbers::pi) - 1) / 3;
  EXPECT_DOUBLE_EQ(f[0], 1);
  EXPECT_NEAR(f[1], (1 - smooth) * 0.1 / 8 + smooth * 0.1, 1e-15);
  EXPECT_NEAR(f[2], 0.01 / 8, 1e-15);
}

// The numbers of scripts/make_golden_rope.py --tables, which are fp32.
void expect_frequencies(const RopeConfig& rope, int64_t length,
                        const std::vector<double>& expected) {
  const std::vector<double> found = rope_frequencies(rope, 8, length);
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i] / expected[i], 1, 1e-6) << "frequency " << i << ", length " << length;
}

TEST(Rope, YarnBlendsOverARampBetweenTwoNumbersOfTurns) {
  RopeConfig rope{.type = RopeType::yarn,
                  .factor = 4,
                  .original_max_positions = 512,
                  .beta_fast = 16,
                  .beta_slow = 0.5};
  // The ramp goes from 0 (0.7) to 3 (2.2): the factors are 1, 2/3 + 1/12, 1/3 + 1/6, 1/4.
  expect_frequencies(rope, 1, {1, 0.075, 0.005, 0.00025});
  expect_frequencies(rope, 5000, {1, 0.075, 0.005, 0.00025});
  rope.truncate = false;
  expect_frequencies(rope, 1, {1, 0.0853986368, 0.00355697144, 0.00025});
  expect_frequencies({.type = RopeType::yarn, .factor = 4, .original_max_positions = 512}, 1,
                     {1, 0.0625, 0.0025, 0.00025});
}

TEST(Rope, DynamicGrowsThetaWithRowsLongerThanTheOriginalLength) {
  const RopeConfig rope{.type = RopeType::dynamic, .factor = 3, .original_max_positions = 12};
  for (const int64_t length : {1, 12}) expect_frequencies(rope, length, {1, 0.1, 0.01, 0.001});
  expect_frequencies(rope, 13, {1, 0.0928317755, 0.00861773919, 0.0008});
  // 3 * 40 / 12 - 2 = 8, and 8^(8/6) = 16: theta is 160000.
  expect_frequencies(rope, 40, {1, 0.05, 0.0025, 0.000125});
}

TEST(Rope, LongropeDividesByOneListOrTheOther) {
  const RopeConfig rope{.type = RopeType::longrope,
                        .original_max_positions = 12,
                        .short_factor = {1, 1.25, 1.5, 2},
                        .long_factor = {2, 3, 5, 8}};
  for (const int64_t length : {1, 12})
    expect_frequencies(rope, length, {1, 0.1 / 1.25, 0.01 / 1.5, 0.001 / 2});
  for (const int64_t length : {13, 400})
    expect_frequencies(rope, length, {0.5, 0.1 / 3, 0.01 / 5, 0.001 / 8});
}

TEST(Rope, TheAttentionFactorMultipliesCosAndSin) {
  const RopeTable plain = rope_table({}, 4, 5, at::kDouble),
                  scaled = rope_table({.attention_factor = 1.5}, 4, 5, at::kDouble);
  expect_near(scaled.cos, plain.cos * 1.5, 1e-15);
  expect_near(scaled.sin, plain.sin * 1.5, 1e-15);
}

TEST(Rope, RotatesElementIWithElementIPlusHalf) {
  // K = 2: one frequency, 1, so the angle is the position.
  const RopeTable table = rope_table({}, 2, 3, at::kDouble);
  at::Tensor x = doubles({1, 0, 0, 1, 1, 0}, {3, 1, 2});
  rope(x, at::tensor({0, 1, 2}, at::kInt), table, Rotate::forward);
  const auto c = [](double a) { return std::cos(a); };
  const auto s = [](double a) { return std::sin(a); };
  expect_near(x, doubles({1, 0, -s(1), c(1), c(2), s(2)}, {3, 1, 2}), 1e-15);
}

TEST(Rope, BackwardIsTheInverseAndOtherHeadsAreUntouched) {
  at::manual_seed(2);
  const RopeTable table = rope_table({.theta = 50}, 6, 40, at::kDouble);
  const at::Tensor positions = at::randint(0, 40, {70}, at::kInt);
  const at::Tensor before = at::randn({70, 5, 6}, at::kDouble);
  const at::Tensor x = before.clone();
  rope(x.narrow(1, 1, 3), positions, table, Rotate::forward);
  EXPECT_TRUE(at::equal(x.select(1, 0), before.select(1, 0)));
  EXPECT_TRUE(at::equal(x.select(1, 4), before.select(1, 4)));
  EXPECT_GT(relative_error(x, before), 0.1);
  rope(x.narrow(1, 1, 3), positions, table, Rotate::backward);
  expect_near(x, before, 1e-14);
}

}  // namespace
}  // namespace laurel::rope_test
