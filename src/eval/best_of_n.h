// Best of N: what a trusted score says of the answers that a reward model chooses.
//
// Of N answers that are drawn from those of a prompt, the one with the highest reward is chosen. The
// expectation of its trusted score is over all subsets of N of the M answers, without replacement
// (Nakano et al. 2021, arXiv 2112.09332, appendix I), exactly: with C(c, N) / C(M, N) the share of
// subsets whose rewards are all among the c lowest. Answers with equal rewards share their mean
// score. Such an expectation varies little with the draw of the M answers where N is at most M / 2.
//
// Choosing the best of N moves the policy away from the one that answered by at most
// log N - (N - 1) / N nats: this is an upper bound of the Kullback-Leibler divergence (Beirami et
// al. 2024, arXiv 2401.01879), and not its value.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/options.h"
#include "eval/bootstrap.h"
#include "eval/estimate.h"
#include "eval/outcomes.h"

namespace laurel {

// The expectation of `score` of the answer with the highest `key` among n answers drawn without
// replacement; 1 <= n <= the number of answers.
double expected_best(std::span<const double> key, std::span<const double> score, int64_t n);

// log n - (n - 1) / n
double best_of_n_divergence_bound(int64_t n);

// A prompt's answers, side by side.
struct ScoredAnswers {
  uint64_t prompt = 0;
  std::vector<double> reward = {}, score = {}, length = {};
};

// Ratings of one attribute by prompt, in the order in which prompts appear; or lists, each by itself.
std::vector<ScoredAnswers> scored_answers(const SplitOutcomes& outcomes);

// Means over prompts. `score` is of the answer with the highest reward; `longest` of the longest one;
// `gain` is score - the mean score of all answers, which is what a random choice has.
struct BestOfNPoint {
  int64_t n = 0;
  double divergence_bound = 0;
  Estimate score = {}, longest = {}, gain = {};

  void fields(auto& visit) {
    visit("n", n);
    visit("divergence_bound", divergence_bound);
    visit("score", score);
    visit("longest", longest);
    visit("gain", gain);
  }
};

struct BestOfN {
  std::optional<std::string> weights_sha256 = {};  // of the model, where it is known
  int64_t prompts = 0, answers = 0;
  int64_t left_out = 0;                   // prompts with fewer than 2 N answers
  int64_t units = 0;                      // prompts that are drawn: lists may share theirs
  Estimate random = {};                   // the mean score of all answers
  std::vector<BestOfNPoint> points = {};  // N = 1, 2, 3, 4, 6, 8, 12, 16, ... and the largest
  int64_t peak = 1;  // the N with the highest score; the largest where that has no lower one
  // Score of the peak - score of the largest N, with an interval that holds for all N at once
  // (simultaneous.h), as the peak is the highest of several. Undefined where the largest N is as good.
  Estimate drop = {};
  // It is above 0 beyond chance: more choice by the reward makes answers worse. Not said of fewer than
  // kMinUnits prompts.
  bool turns = false;
  bool equal_rewards = false;  // of the answers of each prompt: they choose nothing

  void fields(auto& visit) {
    visit("weights_sha256", weights_sha256);
    visit("prompts", prompts);
    visit("answers", answers);
    visit("left_out", left_out);
    visit("units", units);
    visit("random", random);
    visit("points", points);
    visit("peak", peak);
    visit("drop", drop);
    visit("turns", turns);
    visit("equal_rewards", equal_rewards);
  }
};

// Up to N = `largest`, over the prompts with at least 2 N answers; nullopt where there are none. One
// prompt has no intervals.
std::optional<BestOfN> best_of_n(std::span<const ScoredAnswers> prompts, int64_t largest,
                                 const BootstrapOptions& options = {});

}  // namespace laurel
