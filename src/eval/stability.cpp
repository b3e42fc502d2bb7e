// Sums of each row, of which the bootstrap draws rows.
#include "eval/stability.h"

#include <cmath>
#include <utility>

#include "core/str.h"
#include "eval/bootstrap.h"
#include "eval/report.h"
#include "eval/table_lines.h"

namespace laurel {

namespace {

struct RowSums {
  double answers = 0, change = 0, square = 0;
  double pairs = 0, turned = 0;  // of answers with different rewards
};

// How far the order of an edited answer and another one has changed: 1, 0, or 1/2 for equal rewards.
double turned(double before, double after) {
  if (after == 0) return 0.5;
  return (before > 0) == (after > 0) ? 0 : 1;
}

RowSums sums_of_row(const EditedRow& row) {
  RowSums sums;
  for (size_t i = 0; i < row.reward.size(); ++i) {
    if (!row.edited[i]) continue;
    const double change = *row.edited[i] - row.reward[i];
    sums.answers += 1;
    sums.change += change;
    sums.square += change * change;
    for (size_t j = 0; j < row.reward.size(); ++j) {
      if (j == i || row.reward[i] == row.reward[j]) continue;
      sums.pairs += 1;
      sums.turned += turned(row.reward[i] - row.reward[j], *row.edited[i] - row.reward[j]);
    }
  }
  return sums;
}

std::vector<std::string> numbers_of(const EditEffect& of) {
  return {str(of.answers),
          format_number(of.change.value),
          format_number(of.change.low),
          format_number(of.change.high),
          format_number(of.rms),
          format_number(of.order_changed.value),
          format_number(of.order_changed.low),
          format_number(of.order_changed.high)};
}

}  // namespace

std::optional<double> reward_deviation(std::span<const EditedRow> rows) {
  std::vector<double> rewards;
  for (const EditedRow& row : rows) {
    rewards.insert(rewards.end(), row.reward.begin(), row.reward.end());
  }
  const ValueMoments of = moments(rewards, std::vector<double>(rewards.size(), 1.0));
  if (of.constant || of.square == 0) return std::nullopt;
  return std::sqrt(of.square / of.weight);
}

EditEffect edit_effect(std::string edit, std::span<const EditedRow> rows, double deviation) {
  EditEffect effect{.edit = std::move(edit)};
  std::vector<RowSums> sums;
  Resampling by_row;
  RowSums all;
  for (const EditedRow& row : rows) {
    const RowSums of = sums_of_row(row);
    effect.left_out += row.without_reward;
    if (of.answers == 0) continue;
    by_row.members.push_back({static_cast<int32_t>(sums.size()), -1});
    sums.push_back(of);
    all.answers += of.answers;
    all.square += of.square;
  }
  by_row.units = std::ssize(sums);
  effect.rows = by_row.units;
  effect.answers = static_cast<int64_t>(all.answers);
  if (sums.empty()) return effect;
  const auto statistic = [&](std::span<const double> weight) -> MetricValues {
    RowSums total;
    for (size_t i = 0; i < sums.size(); ++i) {
      total.answers += weight[i] * sums[i].answers;
      total.change += weight[i] * sums[i].change;
      total.pairs += weight[i] * sums[i].pairs;
      total.turned += weight[i] * sums[i].turned;
    }
    return {ratio(total.change / deviation, total.answers), ratio(total.turned, total.pairs)};
  };
  const MetricValues values = statistic(std::vector<double>(sums.size(), 1.0));
  const auto intervals = bootstrap(by_row, statistic);
  effect.change = estimate_of(values[0], intervals[0]);
  effect.order_changed = estimate_of(values[1], intervals[1]);
  effect.rms = std::sqrt(all.square / all.answers) / deviation;
  return effect;
}

std::string stability_table(const Stability& stability) {
  std::string text =
      table_line(str("edits of ", count_text(stability.rows, "row")),
                 {"answers", "change", "2.5 %", "97.5 %", "rms", "order", "2.5 %", "97.5 %"});
  for (const EditEffect& effect : stability.edits) {
    text += table_line(effect.edit, numbers_of(effect));
  }
  std::string left_out;
  for (const EditEffect& effect : stability.edits) {
    if (effect.left_out == 0) continue;
    left_out +=
        str("  ", effect.edit, ": ", count_text(effect.left_out, "answer"),
            " without a reward once edited, such as those that become too long, left out\n");
  }
  return str(text, left_out,
             "  change, rms: of rewards, in units of their deviation; order: how often an edited "
             "answer and another one change places\n",
             stability.left_out == 0 ? ""
                                     : str("  ", count_text(stability.left_out, "row"),
                                           " without a reward left out\n"));
}

}  // namespace laurel
