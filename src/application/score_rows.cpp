// Writes a line for each row that is scored.
#include "application/score_rows.h"

#include <utility>

#include "application/reward_writer.h"
#include "core/str.h"

namespace laurel {

// The best of one answer is a mistake: of the whole file where it begins so.
static void refuse_single(const Record& record, bool first, RowRewards& rewards) {
  if (!rewards.error.empty() || !rewards.format) return;
  if (!std::holds_alternative<PointwiseFormat>(*rewards.format) &&
      !std::holds_alternative<SegmentsFormat>(*rewards.format)) {
    return;
  }
  const std::string error =
      str(record.where, ": found one answer (format ", format_name(*rewards.format),
          "), expected several for --best: a list \"responses\"");
  if (first) throw Error{ErrorKind::data, error};
  rewards.error = error;
  rewards.responses.clear();
}

std::string summary(const ScoreReport& report, const std::string& output,
                    const ScoreOptions& options) {
  const int64_t scored = report.rows - report.incomplete();
  std::string text = str(output, ": ", count_text(report.rows, "row"), ", ", scored, " scored");
  for (const std::string& warning : report.warnings) text += str("; ", short_warning(warning));
  if (report.incomplete() == 0) return text;
  if (report.in_part > 0) text += str(", ", report.in_part, " in part");
  if (report.without > 0) text += str(", ", report.without, " without a reward");
  return str(text, " (\"", options.field, "_error\" says why), the first: ", report.first);
}

ScoreReport score_rows(RowFiles& in, RowsRead ahead, Scorer& scorer, const ScoreOptions& options,
                       std::ostream& out, Log& log) {
  const RewardWriter writer(scorer, options);
  if (!writer.note().empty()) log.info(writer.note());
  bool first = true;
  const auto write = [&](const Record& record, RowRewards& rewards,
                         const std::optional<Format>& format) {
    if (options.best) refuse_single(record, first, rewards);
    first = false;
    out << writer.line(record, rewards, format) << "\n";
  };
  const auto flush = [&] {
    out.flush();
    if (out) return;
    throw Error{ErrorKind::checkpoint,
                "the output cannot be written: is the disk full, or the pipe closed?"};
  };
  return for_each_scored_row(in, std::move(ahead), scorer, options.segment_options,
                             {.row = write, .round = flush}, log);
}

}  // namespace laurel
