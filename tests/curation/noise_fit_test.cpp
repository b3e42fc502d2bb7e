// The fit of noise and slope against scipy, and against tables worked by hand.
#include "curation/noise_fit.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace laurel::noise_fit_test {
namespace {

// Margins of n pairs: sizes uniform up to 4, labels right with probability S(1.5 size), a fifth of
// them turned round; by a generator that scipy's side has too.
std::vector<double> noisy_margins(int n) {
  uint64_t state = 1;
  const auto uniform = [&] {
    state = (1103515245 * state + 12345) % (uint64_t{1} << 31);
    return static_cast<double>(state) / 2147483648.0;
  };
  std::vector<double> margins;
  for (int i = 0; i < n; ++i) {
    const double size = 4 * uniform();
    const bool right = uniform() < 1 / (1 + std::exp(-1.5 * size));
    const bool turned = uniform() < 0.2;
    margins.push_back(right != turned ? size : -size);
  }
  return margins;
}

// scipy.optimize: minimize (L-BFGS-B) of both at once, brentq along the profiles.
TEST(NoiseFit, FindsWhatScipyFinds) {
  const NoiseFit fit = fit_noise(noisy_margins(2400));
  EXPECT_NEAR(fit.noise, 0.196539, 1e-5);
  EXPECT_NEAR(fit.slope, 1.497053, 1e-4);
  EXPECT_NEAR(fit.log_likelihood, -1348.155069, 1e-5);
  EXPECT_NEAR(fit.noise_interval.low, 0.163394, 1e-4);
  EXPECT_NEAR(fit.noise_interval.high, 0.223966, 1e-4);
  EXPECT_NEAR(fit.slope_interval.low, 1.079224, 1e-3);
  EXPECT_NEAR(fit.slope_interval.high, 2.090390, 1e-3);
  EXPECT_TRUE(fit.identified());
}

TEST(NoiseFit, FewPairsDoNotSayHowMuchNoiseThereIs) {
  const NoiseFit fit = fit_noise(noisy_margins(600));
  EXPECT_NEAR(fit.noise, 0.119640, 1e-5);
  EXPECT_EQ(fit.noise_interval.low, 0);
  EXPECT_NEAR(fit.noise_interval.high, 0.201430, 1e-4);
  EXPECT_FALSE(fit.identified());
}

TEST(NoiseFit, SmallMarginsLeaveTheNoiseOpen) {
  std::vector<double> margins;
  for (const double margin : noisy_margins(2400)) margins.push_back(margin > 0 ? 0.01 : -0.01);
  // A margin of one size: any noise below the share of negative ones has a slope that fits as well.
  const NoiseFit fit = fit_noise(margins);
  EXPECT_LT(fit.noise_interval.low, 0.01);
  EXPECT_FALSE(fit.identified());
}

// With s d = log 3, p = 3/4; noise 1/5: P(label) = .8 * .75 + .2 * .25 = .65; wrong: .05 / .65.
TEST(NoiseFit, TheProbabilityOfAWrongLabelIsAsWorkedByHand) {
  const NoiseFit fit{.noise = 0.2, .slope = std::log(3)};
  EXPECT_NEAR(probability_wrong(fit, 1), 0.05 / 0.65, 1e-12);
  EXPECT_NEAR(probability_wrong(fit, 0), 0.2, 1e-12);
  EXPECT_NEAR(probability_wrong(fit, -1), 0.15 / 0.35, 1e-12);
  // p = 1/82: wrong .2 * 81/82 against right .8 / 82.
  EXPECT_NEAR(probability_wrong(fit, -4), 16.2 / 17.0, 1e-12);
  EXPECT_NEAR(probability_wrong(fit, -1e6), 1, 1e-12);
  EXPECT_NEAR(probability_wrong({.noise = 0, .slope = 1}, -5), 0, 1e-12);
}

// Both sizes have p = 3/4 towards the model's choice: accuracy .75, of which noise .2 leaves .65.
TEST(NoiseFit, DisagreementIsExplainedByNoiseAndAccuracy) {
  const std::vector<double> margins = {1, 1, 1, -1, -1};
  const Disagreement found = disagreement({.noise = 0.2, .slope = std::log(3)}, margins);
  EXPECT_NEAR(found.found, 0.4, 1e-12);
  EXPECT_NEAR(found.accuracy, 0.75, 1e-12);
  EXPECT_NEAR(found.explained, 0.8 * 0.25 + 0.2 * 0.75, 1e-12);
}

TEST(NoiseFit, AGivenNoiseLeavesTheSlope) {
  const NoiseFit fit = fit_noise(noisy_margins(2400), 0.3);
  EXPECT_EQ(fit.noise, 0.3);
  EXPECT_EQ(fit.noise_interval.low, 0.3);
  EXPECT_TRUE(fit.identified());
  EXPECT_GT(fit.slope, 2);  // what noise does not explain, a steeper slope does
}

TEST(NoiseFit, LabelsWithoutNoiseHaveNone) {
  std::vector<double> margins;
  for (int i = 1; i <= 500; ++i) margins.push_back(0.01 * i);
  EXPECT_EQ(fit_noise(margins).noise, 0);
}

// scipy.optimize: minimize_scalar and brentq.
TEST(NoiseFit, APartHasANoiseOfItsOwn) {
  const std::vector<double> all = noisy_margins(2400);
  std::vector<double> part, turned;
  for (size_t i = 0; i < all.size(); i += 3) {
    part.push_back(all[i]);
    turned.push_back(-all[i]);
  }
  const PartNoise found = noise_of_part(part, 1.5);
  EXPECT_NEAR(found.noise, 0.195629, 1e-4);
  EXPECT_NEAR(found.interval.low, 0.162356, 1e-4);
  EXPECT_NEAR(found.interval.high, 0.231450, 1e-4);
  EXPECT_NEAR(noise_of_part(turned, 1.5).noise, 1 - 0.195629, 1e-4);
}

}  // namespace
}  // namespace laurel::noise_fit_test
