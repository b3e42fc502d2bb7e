// How far the rewards of a policy's answers lie apart: what their scale and their zero are.
//
// For answers r_ij of prompts j with n_j of them each, N in all:
//   mean              sum r_ij / N
//   deviation         sqrt(sum (r_ij - mean)^2 / (N - 1))
//   within_prompts    sqrt(sum (r_ij - mean_j)^2 / sum (n_j - 1)), over the prompts with two
//                     different answers: the pooled standard deviation of an analysis of variance
// In the units of the rewards; N - 1 as torch.std. A baseline of a prompt (the mean of its answers,
// those of the others, a value function) takes mean_j away: what is left has within_prompts.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/options.h"

namespace laurel {

// A value with its 95 % bootstrap interval, for which prompts are drawn; without one where there
// are fewer than two prompts.
struct MeasuredNumber {
  double value = 0;
  std::optional<double> low = {}, high = {};
  bool operator==(const MeasuredNumber&) const = default;

  void fields(auto& visit) {
    visit("value", value);
    visit("low", low);
    visit("high", high);
  }
};

// reward_config.json's member "normalization".
struct Normalization {
  MeasuredNumber mean = {}, deviation = {};
  std::optional<MeasuredNumber> within_prompts = {};  // none: no prompt has two different answers
  std::map<std::string, double> quantiles = {};       // by "0.01", ..., "0.99", as numpy's default
  int64_t answers = 0, prompts = 0;
  int64_t prompts_with_several = 0;           // different answers
  std::optional<int64_t> repeated = {};       // answers with the text of another of their prompt
  std::vector<std::string> data_sha256 = {};  // of the files with the answers
  bool operator==(const Normalization&) const = default;

  void fields(auto& visit) {
    visit("mean", mean);
    visit("deviation", deviation);
    visit("within_prompts", within_prompts);
    visit("quantiles", quantiles);
    visit("answers", answers, Range{.min = 0});
    visit("prompts", prompts, Range{.min = 0});
    visit("prompts_with_several", prompts_with_several, Range{.min = 0});
    visit("repeated", repeated, Range{.min = 0});
    visit("data_sha256", data_sha256);
  }
};

// Whose deviation: that of all answers, or that of the answers of a prompt.
enum class AnswerGroup { all, within_prompts };
constexpr auto enum_names(AnswerGroup) { return std::array{"all", "within_prompts"}; }
std::string text_of(AnswerGroup group);  // "the deviation within prompts"

// By what rewards are divided to have the unit scale: the deviation within prompts, or that of all
// answers where no prompt has two.
struct UnitDeviation {
  AnswerGroup group;
  double value;
};
UnitDeviation unit_deviation(const Normalization& of);

// Rewards and, in the same order, the prompts and the texts that they are of (none: all differ).
// Throws Error (data) for fewer than two rewards.
Normalization normalization_of(std::span<const double> rewards, std::span<const uint64_t> prompts,
                               std::span<const uint64_t> texts = {});

// Of the same answers, where every reward r has become (r - subtracted) / divisor.
Normalization rescaled(Normalization of, double subtracted, double divisor);

}  // namespace laurel
