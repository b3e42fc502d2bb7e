// Margins and ranks of two sets of rewards.
#include "eval/reward_change.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "core/str.h"
#include "eval/statistics.h"

namespace laurel {

namespace {

// The rewards of both sides that belong together.
struct Change {
  std::vector<double> before, after;

  void add(double was, double is) {
    before.push_back(was);
    after.push_back(is);
  }
};

// Where the last position of each response lies in its group.
std::vector<size_t> last_positions(const Group& group) {
  std::vector<size_t> last;
  size_t positions = 0;
  for (const Response& response : group.responses) {
    positions += response.positions.size();
    last.push_back(positions - 1);
  }
  return last;
}

// visit(better, worse): responses of every comparison that the label makes.
void for_each_comparison(const Label& label, auto&& visit) {
  if (const auto* preferences = std::get_if<Preferences>(&label)) {
    for (const Preference& pair : *preferences) {
      visit(static_cast<size_t>(pair.better), static_cast<size_t>(pair.worse));
    }
  } else if (const auto* ranking = std::get_if<Ranking>(&label)) {
    const std::vector<int32_t>& rank = ranking->rank;
    for (size_t i = 0; i < rank.size(); ++i) {
      for (size_t j = 0; j < rank.size(); ++j) {
        if (rank[i] >= 0 && rank[j] >= 0 && rank[i] < rank[j]) visit(i, j);
      }
    }
  }
}

RewardChange change_of_column(std::span<const Group> groups, const GroupRewards& before,
                              const GroupRewards& after, size_t columns, size_t column) {
  Change rewards, margins;
  for (size_t g = 0; g < groups.size(); ++g) {
    for (size_t i = column; i < before[g].size(); i += columns) {
      rewards.add(before[g][i], after[g][i]);
    }
    const std::vector<size_t> last = last_positions(groups[g]);
    for_each_comparison(groups[g].label, [&](size_t better, size_t worse) {
      const size_t a = last[better] * columns + column, b = last[worse] * columns + column;
      margins.add(before[g][a] - before[g][b], after[g][a] - after[g][b]);
    });
  }
  const ValueChange of_rewards = value_change(rewards.before, rewards.after);
  const bool of_margins = margins.before.size() > 1;
  const ValueChange compared =
      of_margins ? value_change(margins.before, margins.after) : of_rewards;
  RewardChange change{.rows = std::ssize(groups),
                      .pairs = std::ssize(margins.before),
                      .spearman = of_rewards.spearman,
                      .of_margins = of_margins,
                      .rms = compared.rms,
                      .deviation = compared.deviation};
  for (size_t i = 0; i < margins.before.size(); ++i) {
    if (!(std::abs(margins.before[i]) > change.deviation / 10)) continue;
    ++change.clear_pairs;
    change.changed_sign += (margins.before[i] > 0) != (margins.after[i] > 0);
  }
  return change;
}

std::string rounded_text(double value, const char* format) {
  char digits[32];
  std::snprintf(digits, sizeof(digits), format, value);
  return digits;
}

}  // namespace

double ValueChange::relative_rms() const {
  if (rms == 0) return 0;
  return deviation > 0 ? rms / deviation : std::numeric_limits<double>::infinity();
}

ValueChange value_change(std::span<const double> before, std::span<const double> after) {
  if (before.empty()) return {};
  const std::vector<double> was(before.begin(), before.end()), is(after.begin(), after.end());
  const std::vector<double> ones(was.size(), 1.0);
  double squares = 0;
  for (size_t i = 0; i < was.size(); ++i) squares += (is[i] - was[i]) * (is[i] - was[i]);
  const ValueMoments all = moments(was, ones);
  return {.n = std::ssize(was),
          .spearman = rank_correlation(RankedValues(was), RankedValues(is), ones),
          .rms = std::sqrt(squares / static_cast<double>(was.size())),
          .deviation = std::sqrt(all.square / all.weight)};
}

RewardChange reward_change(std::span<const Group> groups, const GroupRewards& before,
                           const GroupRewards& after, size_t columns) {
  RewardChange worst;
  for (size_t column = 0; column < columns; ++column) {
    const RewardChange change = change_of_column(groups, before, after, columns, column);
    if (column == 0) {
      worst = change;
      continue;
    }
    if (change.spearman && (!worst.spearman || *change.spearman < *worst.spearman)) {
      worst.spearman = change.spearman;
    }
    if (change.relative_rms() > worst.relative_rms()) {
      worst.rms = change.rms;
      worst.deviation = change.deviation;
    }
    if (change.changed_sign > worst.changed_sign) {
      worst.changed_sign = change.changed_sign;
      worst.clear_pairs = change.clear_pairs;
    }
  }
  return worst;
}

std::string text_of(const RewardChange& change) {
  std::string text =
      str("over ", count_text(change.rows, "row"), ": Spearman correlation ",
          change.spearman ? rounded_text(*change.spearman, "%.4f") : "not defined",
          ", RMS change of ", change.of_margins ? "margins " : "rewards ",
          rounded_text(100 * change.relative_rms(), "%.1f"), " % of their deviation");
  if (change.pairs == 0) return text;
  return str(text, ", ", change.changed_sign, " of ", count_text(change.clear_pairs, "clear pair"),
             " changed sign");
}

}  // namespace laurel
