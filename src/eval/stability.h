// How far rewards move where an answer is edited so that it says the same.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/options.h"
#include "eval/estimate.h"

namespace laurel {

// Rewards of a row's answers as they are, and edited; nullopt where the edit changes nothing.
struct EditedRow {
  std::vector<double> reward;
  std::vector<std::optional<double>> edited;
  int64_t without_reward = 0;  // of the answers that the edit changes: too long, say
};

struct EditEffect {
  std::string edit;
  int64_t rows = 0, answers = 0;  // that the edit changes
  int64_t left_out = 0;           // more answers, that have no reward once edited: too long, say
  // Mean of edited - as it is, and the root of the mean of its square, in units of `deviation`.
  Estimate change = {};
  std::optional<double> rms = {};
  // Of two answers of a row, one edited and the other as it is: how often the other one is now the
  // better one (equal rewards: a half); of those whose rewards differed.
  Estimate order_changed = {};

  void fields(auto& visit) {
    visit("edit", edit);
    visit("rows", rows);
    visit("answers", answers);
    visit("left_out", left_out);
    visit("change", change);
    visit("rms", rms);
    visit("order_changed", order_changed);
  }
};

// The standard deviation of the rewards as they are, over all answers; nullopt where they do not
// differ.
std::optional<double> reward_deviation(std::span<const EditedRow> rows);

// Intervals are by row: 1,000 draws of the rows that the edit changes.
EditEffect edit_effect(std::string edit, std::span<const EditedRow> rows, double deviation);

struct Stability {
  int64_t rows = 0;      // that were edited
  int64_t left_out = 0;  // of the first rows, without a reward
  std::vector<EditEffect> edits = {};

  void fields(auto& visit) {
    visit("rows", rows);
    visit("left_out", left_out);
    visit("edits", edits);
  }
};

std::string stability_table(const Stability& stability);

}  // namespace laurel
