// How far rewards of the same rows move between two computations: another type of the weights, or
// other arithmetic.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/group.h"

namespace laurel {

// By group the rewards of its positions, by response and position and then by column, as of
// score_groups().
using GroupRewards = std::vector<std::vector<double>>;

// What is still the same model: at most this RMS change of the deviation, and from so many rows on
// at least this Spearman correlation.
inline constexpr double kMostRelativeRms = .1, kLeastSpearman = .98;
inline constexpr int64_t kRowsForRanks = 30;

struct ValueChange {
  int64_t n = 0;                   // values
  std::optional<double> spearman;  // none: a side is constant
  double rms = 0, deviation = 0;   // sqrt(mean (change)^2); standard deviation before

  // rms / deviation; 0 where nothing moved, infinity where all were equal before.
  double relative_rms() const;
};

// Of two lists of the same length.
ValueChange value_change(std::span<const double> before, std::span<const double> after);

struct RewardChange {
  int64_t rows = 0;                // groups
  int64_t pairs = 0;               // that labels compare: preferences, and ranks that differ
  int64_t clear_pairs = 0;         // of them, |margin| above a tenth of the margins' deviation
  int64_t changed_sign = 0;        // of the clear ones: their margin now has another sign
  std::optional<double> spearman;  // of the rewards of all positions; none: a side is constant
  // Of margins; of rewards where fewer than two are compared, which have no deviation.
  bool of_margins = false;
  double rms = 0, deviation = 0;

  double relative_rms() const {
    return ValueChange{.rms = rms, .deviation = deviation}.relative_rms();
  }
};

// Column by column, of which the worst of each number counts. Both sides are of `groups` and have
// `columns` numbers a position.
RewardChange reward_change(std::span<const Group> groups, const GroupRewards& before,
                           const GroupRewards& after, size_t columns = 1);

// "over 64 rows: Spearman 0.998, RMS change of margins 2.1 % of their deviation, 1 of 60 clear
// pairs changed sign"
std::string text_of(const RewardChange& change);

}  // namespace laurel
