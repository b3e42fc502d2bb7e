// How many labels of pairs are wrong, by margins of a model that has not learned from them.
//
//   P(label | d) = (1 - e) S(s d) + e S(-s d)        S: the logistic function
//   d  margin: reward of the response that the label calls better, minus the other's
//   e  noise: the share of labels that are turned round, whatever the pair
//   s  slope: what makes a margin the log-odds of a label without noise
//
// A label is wrong with probability e (1 - p) / (e (1 - p) + (1 - e) p), p = S(s d). Labels that
// depend on the pair (a topic turned round, a habit of annotators) break the assumption: that is
// what noise_of_part() is for.
#pragma once

#include <optional>
#include <span>

#include "eval/estimate.h"

namespace laurel {

struct NoiseFit {
  double noise = 0, slope = 1;
  // 95 % by likelihood, each with the other at its best: where twice the loss of log-likelihood is at
  // most 3.84.
  Interval noise_interval = {}, slope_interval = {};
  double log_likelihood = 0;

  // Small margins tell (1 - 2e) s alone. The interval says whether there were large ones.
  bool identified() const;
};

// The widest interval of noise that rules are based on.
inline constexpr double kWidestNoiseInterval = 0.2;

// Maximum likelihood over noise in [0, 1/2] and slope > 0. `noise`: given, so that the slope alone
// is fitted. Margins are finite and of the order of 1; there are some.
NoiseFit fit_noise(std::span<const double> margins, std::optional<double> noise = {});

// That the label of a pair is wrong, from 0 to 1.
double probability_wrong(const NoiseFit& fit, double margin);

// The share of labels that the model contradicts, and what the fit explains of it:
// (1 - e) (1 - a) + e a with a the mean accuracy on labels without noise that it implies.
struct Disagreement {
  double found = 0, explained = 0, accuracy = 0;
};
Disagreement disagreement(const NoiseFit& fit, std::span<const double> margins);

// The noise of a part of the pairs, from 0 to 1, under the slope of all: near 1, the part is turned
// round.
struct PartNoise {
  double noise = 0;
  Interval interval = {};
};
PartNoise noise_of_part(std::span<const double> margins, double slope);

}  // namespace laurel
