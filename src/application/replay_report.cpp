// Prints the table of a replayed step and the groups that are not finite.
#include "application/replay_report.h"

#include <algorithm>
#include <cmath>

#include "core/str.h"

namespace laurel {

namespace {

constexpr size_t kShownRewards = 6;
constexpr size_t kLargest = 3;

bool finite(const std::vector<double>& values) {
  return std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
}

bool finite(const ReplayedNumbers& numbers) {
  return std::isfinite(numbers.loss) && std::isfinite(numbers.grad_norm) && finite(numbers.rewards);
}

std::string short_number(double value) {
  return std::isfinite(value) ? significant(value, 4) : str(value);
}

std::string rewards_text(const std::vector<double>& rewards) {
  std::string text;
  for (size_t i = 0; i < std::min(rewards.size(), kShownRewards); ++i) {
    text += str(i == 0 ? "" : " ", short_number(rewards[i]));
  }
  return rewards.size() > kShownRewards ? str(text, " ... (", rewards.size(), ")") : text;
}

// Columns two blanks apart; all but the last are right-aligned.
std::string table_text(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (size_t i = 0; i + 1 < row.size(); ++i) {
      text += std::string(widths[i] - row[i].size(), ' ') + row[i] + "  ";
    }
    text += row.back() + "\n";
  }
  return text;
}

std::string cause(const ReplayedNumbers& numbers) {
  if (numbers.layer && *numbers.layer == 0)
    return "the embedding's output is the first that is not";
  if (numbers.layer)
    return str("the output of layer ", *numbers.layer, " is the first that is not");
  if (!finite(numbers.rewards)) return "all layers' outputs are finite, the head's rewards are not";
  if (std::isfinite(numbers.loss)) return "the loss is finite, its gradient is not";
  return "the rewards are finite, the loss is not: look at the row's scores or margin";
}

std::string not_finite_text(const Replay& replay) {
  std::string text;
  for (size_t i = 0; i < replay.groups.size(); ++i) {
    if (finite(replay.groups[i])) continue;
    text +=
        str("not finite: ", replay.dump.groups[i].location, ": ", cause(replay.groups[i]), "\n");
  }
  if (text.empty()) text = "not finite: no group alone is out of range, their sum is\n";
  return text;
}

std::string largest_text(const Replay& replay) {
  std::vector<size_t> order;
  for (size_t i = 0; i < replay.groups.size(); ++i) order.push_back(i);
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](size_t i) { return replay.groups[i].grad_norm; });
  order.resize(std::min(order.size(), kLargest));
  std::string text = "every number is finite here; the largest gradient norms:\n";
  for (const size_t i : order) {
    text += str("  ", short_number(replay.groups[i].grad_norm), "  ",
                replay.dump.groups[i].location, "\n");
  }
  return text;
}

}  // namespace

bool is_finite(const Replay& replay) {
  return finite(replay.step) &&
         std::ranges::all_of(replay.groups, [](const auto& group) { return finite(group); });
}

std::string replay_text(const Replay& replay) {
  const StepDump& dump = replay.dump;
  std::vector<std::vector<std::string>> rows = {
      {"group", "tokens", "loss", "gradient norm", "rewards", "row"}};
  for (size_t i = 0; i < replay.groups.size(); ++i) {
    const ReplayedNumbers& numbers = replay.groups[i];
    rows.push_back({str(i + 1), str(input_tokens(dump.groups[i].group)), short_number(numbers.loss),
                    short_number(numbers.grad_norm), rewards_text(numbers.rewards),
                    dump.groups[i].location});
  }
  return str("step ", dump.step, " found loss ", short_number(dump.loss), ", gradient norm ",
             short_number(dump.grad_norm),
             "; weights before it: ", replay.file.parent_path() / dump.checkpoint, "\n",
             table_text(rows), "whole step: loss ", short_number(replay.step.loss),
             ", gradient norm ", short_number(replay.step.grad_norm), "\n",
             is_finite(replay) ? largest_text(replay) : not_finite_text(replay));
}

}  // namespace laurel
