// Profile likelihoods: for every noise the best slope, by golden sections of its logarithm.
#include "curation/noise_fit.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace laurel {

namespace {

constexpr double kHalfChiSquared = 1.9207;  // 3.8415 / 2: 95 % of one degree of freedom
constexpr double kGolden = 0.6180339887498949;
const double kLeastLogSlope = std::log(1e-3), kMostLogSlope = std::log(1e3);

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

double log_likelihood(std::span<const double> margins, double noise, double slope) {
  double sum = 0;
  for (const double margin : margins) {
    sum += std::log(std::max(noise + (1 - 2 * noise) * logistic(slope * margin), 1e-300));
  }
  return sum;
}

struct Best {
  double at, value;
};

// Of a function with one maximum between `low` and `high`.
Best maximum(const std::function<double(double)>& of, double low, double high, double tolerance) {
  double a = high - kGolden * (high - low), b = low + kGolden * (high - low);
  double at_a = of(a), at_b = of(b);
  while (high - low > tolerance) {
    if (at_a < at_b) {
      low = a;
      a = b;
      at_a = at_b;
      at_b = of(b = low + kGolden * (high - low));
    } else {
      high = b;
      b = a;
      at_b = at_a;
      at_a = of(a = high - kGolden * (high - low));
    }
  }
  return at_a < at_b ? Best{b, at_b} : Best{a, at_a};
}

// A coarse grid finds the hill, golden sections its top.
Best maximum_on_grid(const std::function<double(double)>& of, double low, double high, int cells,
                     double tolerance) {
  const double width = (high - low) / cells;
  int best = 0;
  double value = -INFINITY;
  for (int i = 0; i <= cells; ++i) {
    const double here = of(low + i * width);
    if (here > value) {
      value = here;
      best = i;
    }
  }
  return maximum(of, low + std::max(best - 1, 0) * width, low + std::min(best + 1, cells) * width,
                 tolerance);
}

// Where a profile that falls to both sides of its maximum is still near it.
Interval interval_around(const std::function<double(double)>& profile, const Best& top, double low,
                         double high) {
  const double least = top.value - kHalfChiSquared;
  const auto edge = [&](double inside, double outside) {
    if (profile(outside) >= least) return outside;
    for (int i = 0; i < 40; ++i) {
      const double middle = (inside + outside) / 2;
      (profile(middle) >= least ? inside : outside) = middle;
    }
    return inside;
  };
  return {edge(top.at, low), edge(top.at, high)};
}

}  // namespace

bool NoiseFit::identified() const {
  return noise_interval.high - noise_interval.low <= kWidestNoiseInterval;
}

NoiseFit fit_noise(std::span<const double> margins, std::optional<double> given) {
  const auto best_slope = [&](double noise) {
    const auto of = [&](double log_slope) {
      return log_likelihood(margins, noise, std::exp(log_slope));
    };
    return maximum_on_grid(of, kLeastLogSlope, kMostLogSlope, 14, 1e-7);
  };
  const auto by_noise = [&](double noise) { return best_slope(noise).value; };
  NoiseFit fit;
  if (given) {
    fit.noise = *given;
    fit.noise_interval = {*given, *given};
  } else {
    const Best top = maximum_on_grid(by_noise, 0, 0.5, 10, 1e-6);
    fit.noise = by_noise(0) >= top.value ? 0 : top.at;
    fit.noise_interval = interval_around(by_noise, {fit.noise, by_noise(fit.noise)}, 0, 0.5);
  }
  const Best slope = best_slope(fit.noise);
  fit.slope = std::exp(slope.at);
  fit.log_likelihood = slope.value;
  const auto by_slope = [&](double log_slope) {
    const auto of = [&](double noise) {
      return log_likelihood(margins, noise, std::exp(log_slope));
    };
    return given ? of(*given) : maximum(of, 0, 0.5, 1e-6).value;  // concave in noise
  };
  const Interval logs = interval_around(by_slope, slope, kLeastLogSlope, kMostLogSlope);
  fit.slope_interval = {std::exp(logs.low), std::exp(logs.high)};
  return fit;
}

double probability_wrong(const NoiseFit& fit, double margin) {
  const double p = logistic(fit.slope * margin), q = logistic(-fit.slope * margin);
  const double wrong = fit.noise * q, right = (1 - fit.noise) * p;
  return wrong + right > 0 ? wrong / (wrong + right) : (margin < 0 && fit.noise > 0 ? 1.0 : 0.0);
}

Disagreement disagreement(const NoiseFit& fit, std::span<const double> margins) {
  Disagreement out;
  const auto n = static_cast<double>(margins.size());
  for (const double margin : margins) {
    out.found += (margin < 0 ? 1.0 : margin == 0 ? 0.5 : 0.0) / n;
    out.accuracy += logistic(fit.slope * std::abs(margin)) / n;
  }
  out.explained = (1 - fit.noise) * (1 - out.accuracy) + fit.noise * out.accuracy;
  return out;
}

PartNoise noise_of_part(std::span<const double> margins, double slope) {
  const auto of = [&](double noise) { return log_likelihood(margins, noise, slope); };
  Best top = maximum(of, 0, 1, 1e-7);  // concave in noise
  for (const double end : {0.0, 1.0}) {
    if (of(end) >= top.value) top = {end, of(end)};
  }
  return {top.at, interval_around(of, top, 0, 1)};
}

}  // namespace laurel
