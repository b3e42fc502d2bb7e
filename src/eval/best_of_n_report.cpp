// Writes the curves of best of N.
#include "eval/best_of_n_report.h"

#include "core/str.h"
#include "eval/report.h"
#include "eval/table_lines.h"

namespace laurel {

// Whether the score falls again where more is chosen by the reward.
static std::string turn_text(const BestOfN& found) {
  const int64_t peak = found.peak, last = found.points.back().n;
  if (found.equal_rewards)
    return "  the answers of each prompt have equal rewards: none is chosen\n";
  if (peak == last) return str("  the score is highest at the largest N, ", last, "\n");
  if (!found.drop.value) return "  no N is better than a random answer\n";
  const std::string numbers =
      str(" is above best of ", last, " by ", format_number(found.drop.value),
          found.drop.low ? str(" (", format_number(found.drop.low), " to ",
                               format_number(found.drop.high), ", for all N at once)")
                         : "",
          "\n");
  if (peak > 1) {
    return str(found.turns ? "  the score turns: " : "  no turn beyond chance: ", "best of ", peak,
               numbers);
  }
  return str("  choosing by this reward is ", found.turns ? "worse" : "not better",
             " than a random answer", found.turns ? "" : ", nor worse beyond chance",
             ": a random one", numbers);
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
  text +=
      str("  of ", count_text(found.answers, "answer"), " to ", count_text(found.prompts, "prompt"),
          found.left_out == 0 ? ""
                              : str("; ", count_text(found.left_out, "prompt"), " with fewer than ",
                                    2 * found.points.back().n, " answers left out"),
          "; intervals: ", draws_text(found.units, "prompt"),
          found.units < kMinUnits ? ", too few for them to be relied on" : "", "\n");
  return text + turn_text(found);
}

}  // namespace laurel
