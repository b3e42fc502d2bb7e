// Writes the curves of best of N.
#include "eval/best_of_n_report.h"

#include "core/str.h"
#include "eval/report.h"
#include "eval/table_lines.h"

namespace laurel {

static constexpr int64_t kFewUnits = 30;

// Whether the score falls again where more is chosen by the reward.
static std::string turn_text(const BestOfN& found) {
  const int64_t peak = found.peak, last = found.points.back().n;
  if (peak == last) return str("  the score is highest at the largest N, ", last, "\n");
  const std::string numbers =
      str("best of ", peak, " is above best of ", last, " by ", format_number(found.drop.value),
          " (", format_number(found.drop.low), " to ", format_number(found.drop.high),
          ", for all N at once)\n");
  return str(found.turns ? "  the score turns: " : "  no turn beyond chance: ", numbers);
}

std::string best_of_n_table(const BestOfN& found) {
  std::string text = table_line(
      "best of N", {"KL bound", "score", "2.5 %", "97.5 %", "gain", "2.5 %", "97.5 %", "longest"});
  for (const BestOfNPoint& point : found.points) {
    text += table_line(point.n == 1 ? "1 (random)" : str(point.n),
                       {format_number(point.divergence_bound), format_number(point.score.value),
                        format_number(point.score.low), format_number(point.score.high),
                        format_number(point.gain.value), format_number(point.gain.low),
                        format_number(point.gain.high), format_number(point.longest.value)});
  }
  text += str(
      "  of ", count_text(found.answers, "answer"), " to ", count_text(found.prompts, "prompt"),
      found.left_out == 0 ? ""
                          : str("; ", count_text(found.left_out, "prompt"), " with fewer than ",
                                2 * found.points.back().n, " answers left out"),
      "; intervals: ", BootstrapOptions{}.draws, " draws of ", count_text(found.units, "prompt"),
      found.units < kFewUnits ? ", too few for them to be relied on" : "", "\n");
  return text + turn_text(found);
}

}  // namespace laurel
