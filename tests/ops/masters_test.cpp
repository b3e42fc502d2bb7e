// fp32 masters in two halves: exact for all bits, and AdamW on them.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "ops/adamw.h"
#include "support/near.h"

namespace laurel::masters_test {
namespace {

struct Halves {
  at::Tensor high, low;
};

Halves split(const at::Tensor& master, Rounding rounding = Rounding::nearest) {
  const Halves halves{at::empty(master.sizes(), at::kBFloat16),
                      at::empty(master.sizes(), at::kShort)};
  split_master(master, halves.high, halves.low, rounding);
  return halves;
}

at::Tensor join(const Halves& halves, Rounding rounding = Rounding::nearest) {
  const at::Tensor master = at::empty(halves.high.sizes());
  join_master(halves.high, halves.low, master, rounding);
  return master;
}

at::Tensor bits_of(const at::Tensor& x) { return x.view(at::kInt); }

TEST(Masters, SplitIntoTheNearestBf16AndTheRest) {
  struct Row {
    uint32_t master;
    uint16_t high;
    int16_t low;
  };
  for (const Row& row : {Row{0x3f800000, 0x3f80, 0}, Row{0x3f800001, 0x3f80, 1},
                         Row{0x3f807fff, 0x3f80, 0x7fff}, Row{0x3f808000, 0x3f81, -0x8000},
                         Row{0x3f80ffff, 0x3f81, -1}, Row{0xbf808000, 0xbf81, -0x8000},
                         Row{0x3fffffff, 0x4000, -1}, Row{0x80000000, 0x8000, 0}}) {
    const Halves halves = split(at::full({1}, std::bit_cast<float>(row.master)));
    EXPECT_EQ(static_cast<uint16_t>(halves.high.view(at::kShort).item<int16_t>()), row.high);
    EXPECT_EQ(halves.low.item<int16_t>(), row.low);
  }
}

TEST(Masters, ComeBackExactlyForAllBits) {
  at::manual_seed(21);
  const at::Tensor bits = at::randint(INT32_MIN, INT32_MAX, {200001}, at::kInt);
  const at::Tensor master = bits.view(at::kFloat);
  EXPECT_TRUE(at::equal(bits_of(join(split(master))), bits));
  // Stochastic rounding uses the last bit.
  const at::Tensor kept = bits_of(join(split(master, Rounding::stochastic), Rounding::stochastic));
  EXPECT_TRUE(at::equal(kept.bitwise_and(~1), bits.bitwise_and(~1)));
}

TEST(Masters, HighIsTheRoundedWeight) {
  at::manual_seed(22);
  const at::Tensor master = at::randn({10000});
  EXPECT_LE(
      (split(master).high.to(at::kFloat) - master).abs().div(master.abs()).max().item<float>(),
      1.0f / 256);
  const at::Tensor bf16 = master.to(at::kBFloat16);
  const Halves halves = split(bf16.to(at::kFloat));
  EXPECT_TRUE(at::equal(halves.high, bf16));
  EXPECT_EQ(halves.low.abs().max().item<int16_t>(), 0);
}

AdamWBuffers fp32_buffers(const at::Tensor& start) {
  return {start.clone(), at::zeros_like(start), at::zeros_like(start), at::zeros_like(start), {}};
}

AdamWBuffers split_buffers(const at::Tensor& start, at::ScalarType moments, Rounding rounding) {
  const Halves halves = split(start, rounding);
  return {halves.high, at::zeros_like(start), at::zeros(start.sizes(), moments),
          at::zeros(start.sizes(), moments), halves.low};
}

TEST(Masters, AdamWOnSplitMastersIsAdamWOnFp32BitForBit) {
  at::manual_seed(23);
  const at::Tensor start = at::randn({100003});
  const AdamWBuffers plain = fp32_buffers(start);
  const AdamWBuffers halves = split_buffers(start, at::kFloat, Rounding::nearest);
  const std::vector<UpdateRange> ranges{{0, 70000, true}, {70016, 100003, false}};
  for (int64_t n = 1; n <= 5; ++n) {
    const at::Tensor gradient = at::randn_like(start);
    const AdamW options{.lr = 0.003, .weight_decay = 0.1, .update = n, .gradient_scale = 0.7};
    for (const AdamWBuffers& buffers : {plain, halves}) {
      buffers.gradient.copy_(gradient);
      adamw_step(buffers, ranges, options);
    }
  }
  EXPECT_TRUE(at::equal(bits_of(join({halves.weights, halves.low})), bits_of(plain.weights)));
  EXPECT_TRUE(at::equal(halves.moment1, plain.moment1));
  EXPECT_TRUE(at::equal(halves.moment2, plain.moment2));
}

TEST(Masters, RoundedStochasticallyAreRightOnAverageAndReproducible) {
  // Between the bf16 1 and 1 + 1/128: a quarter of the way.
  const at::Tensor start = at::full({100000}, 1 + 0.25 / 128);
  const std::vector<UpdateRange> ranges{{0, 100000, false}};
  const auto high = [&](uint64_t seed, int64_t update) {
    const AdamWBuffers buffers = split_buffers(start, at::kFloat, Rounding::stochastic);
    adamw_step(buffers, ranges,
               {.lr = 0, .update = update, .rounding = Rounding::stochastic, .seed = seed});
    EXPECT_TRUE(at::equal(join({buffers.weights, buffers.low}, Rounding::stochastic), start));
    return buffers.weights;
  };
  const at::Tensor first = high(1, 1);
  // 100000 draws of 0 or 1/128 with a quarter's probability: deviation of the mean 1.1e-5.
  EXPECT_NEAR(first.to(at::kDouble).mean().item<double>(), 1 + 0.25 / 128, 5e-5);
  EXPECT_TRUE(at::equal(first, high(1, 1)));
  EXPECT_FALSE(at::equal(first, high(1, 2)));
  EXPECT_FALSE(at::equal(first, high(2, 1)));
}

TEST(Masters, StochasticRoundingFollowsFp32AdamW) {
  at::manual_seed(24);
  const at::Tensor start = at::randn({20000});
  const AdamWBuffers plain = fp32_buffers(start);
  const AdamWBuffers halves = split_buffers(start, at::kFloat, Rounding::stochastic);
  const std::vector<UpdateRange> ranges{{0, 20000, false}};
  for (int64_t n = 1; n <= 10; ++n) {
    const at::Tensor gradient = at::randn_like(start);
    for (const AdamWBuffers& buffers : {plain, halves}) {
      buffers.gradient.copy_(gradient);
      adamw_step(buffers, ranges, {.lr = 0.01, .update = n, .rounding = Rounding::stochastic});
    }
  }
  // Each update loses at most the last bit of a master.
  expect_near(join({halves.weights, halves.low}, Rounding::stochastic), plain.weights, 1.2e-6);
}

TEST(Moments, InBf16ShrinkAsSlowlyAsTheyShould) {
  // Gradients fall to zero: after 500 updates the second moment is 0.999^500 = 0.606 of the first.
  const at::Tensor start = at::ones({20000});
  for (const bool high_halves : {false, true}) {
    AdamWBuffers buffers = split_buffers(start, at::kBFloat16, Rounding::nearest);
    if (!high_halves) {
      buffers.weights = start.clone();
      buffers.low = at::Tensor();
    }
    const std::vector<UpdateRange> ranges{{0, 20000, false}};
    buffers.gradient.fill_(1);
    for (int64_t n = 1; n <= 501; ++n) adamw_step(buffers, ranges, {.update = n});
    EXPECT_NEAR(buffers.moment2.to(at::kDouble).mean().item<double>(), 0.001 * std::pow(0.999, 500),
                2e-6);
    EXPECT_LT(buffers.moment1.abs().max().item<double>(), 1e-20);
  }
}

TEST(GradientNorm, OverRangesSkipsWhatLiesBetween) {
  at::manual_seed(25);
  const at::Tensor gradient = at::randn({300000});
  std::vector<UpdateRange> ranges{{0, 100000, true}};
  for (int64_t row = 0; row < 300; ++row) {
    ranges.push_back({110000 + row * 500, 110000 + row * 500 + 64, false});
  }
  double squares = 0;
  for (const UpdateRange& range : ranges) {
    const double norm = gradient.narrow(0, range.begin, range.end - range.begin)
                            .to(at::kDouble)
                            .norm()
                            .item<double>();
    squares += norm * norm;
  }
  EXPECT_NEAR(gradient_norm(std::vector<NormPart>{{gradient, ranges}}), std::sqrt(squares), 1e-9);
  const AdamWBuffers buffers = fp32_buffers(gradient);
  buffers.gradient.fill_(1);
  adamw_step(buffers, ranges, {});
  EXPECT_EQ(buffers.gradient.sum().item<double>(), 300000 - 100000 - 300 * 64);
}

}  // namespace
}  // namespace laurel::masters_test
