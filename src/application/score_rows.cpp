// Writes a line for each row that is scored.
#include "application/score_rows.h"

#include <span>
#include <utility>

#include "application/model_rewards.h"
#include "application/reward_writer.h"
#include "application/several_models.h"
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

namespace {

class LineWriter {
 public:
  // Opens the output once the options are known to fit the model.
  LineWriter(const Scorer& scorer, const ScoreOptions& options,
             const std::function<std::ostream&()>& open)
      : options_(options), writer_(scorer, options), out_(open()) {}

  const std::string& note() const { return writer_.note(); }

  // A row by one model, or by all of several, the first of which gave `rewards`.
  void write(const Record& record, RowRewards& rewards, std::vector<ModelRewards>& models,
             const std::optional<Format>& format) {
    std::vector<RowRewards> each;
    if (!models.empty()) each = by_all(record, rewards, models);
    if (options_.best) refuse_single(record, first_, rewards);
    first_ = false;
    out_ << writer_.line(record, rewards, each, format) << "\n";
  }

  void flush() {
    out_.flush();
    if (out_) return;
    throw Error{ErrorKind::checkpoint,
                "the output cannot be written: is the disk full, or the pipe closed?"};
  }

 private:
  static std::vector<RowRewards> by_all(const Record& record, RowRewards& rewards,
                                        std::vector<ModelRewards>& models) {
    std::vector<RowRewards> each{models.front().scaled(rewards)};
    std::vector<std::string> names{models.front().name()};
    for (ModelRewards& model : std::span(models).subspan(1)) {
      each.push_back(model.next(rewards, record.where));
      names.push_back(model.name());
    }
    rewards = together(each, names);
    return each;
  }

  const ScoreOptions& options_;
  RewardWriter writer_;
  std::ostream& out_;
  bool first_ = true;
};

}  // namespace

ScoreReport score_files(const ScoreRequest& request, const Compute& compute,
                        const std::function<std::ostream&()>& open, Log& log) {
  std::vector<ModelRewards> models = scaled_models(request, log);
  const std::vector<std::string>& segments = request.options.segment_options;
  for (size_t m = 1; m < models.size(); ++m) {
    with_scorer(models[m].name(), request, compute, log, [&](OpenedScorer& opened) {
      const auto add = [&](const Record&, RowRewards& rewards, const std::optional<Format>&) {
        models[m].add(rewards);
      };
      for_each_scored_row(opened.in, std::move(opened.ahead), opened.scorer, segments, {.row = add},
                          log);
    });
  }
  ScoreReport report;
  with_scorer(request.model, request, compute, log, [&](OpenedScorer& opened) {
    LineWriter writer(opened.scorer, request.options, open);
    if (!writer.note().empty()) log.info(writer.note());
    const auto write = [&](const Record& record, RowRewards& rewards,
                           const std::optional<Format>& format) {
      writer.write(record, rewards, models, format);
    };
    report = for_each_scored_row(opened.in, std::move(opened.ahead), opened.scorer, segments,
                                 {.row = write, .round = [&] { writer.flush(); }}, log);
  });
  return report;
}

}  // namespace laurel
