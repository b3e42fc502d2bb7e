// Reads rows, has them scored a thousand at a time, and says what was found in them.
#include "application/score_rows.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "application/reward_writer.h"
#include "core/str.h"
#include "data/records/keys_seen.h"

namespace laurel {

namespace {

constexpr size_t kRowsAtOnce = 1024;

template <class F>
bool is_format(const std::optional<Format>& format) {
  return format && std::holds_alternative<F>(*format);
}

// The rows with one remark.
struct RemarkedRows {
  int64_t count = 0;
  std::string first;

  void add(bool remarked, const std::string& where) {
    if (remarked && count++ == 0) first = where;
  }
};

class ScoredFile {
 public:
  ScoredFile(RowFiles& in, Scorer& scorer, const ScoreOptions& options, std::ostream& out, Log& log)
      : in_(in),
        scorer_(scorer),
        options_(options),
        writer_(scorer, options),
        keys_seen_(fields_without_labels(scorer.options().fields, *scorer.options().attributes)),
        out_(out),
        log_(log) {}

  ScoreReport run(RowsRead ahead);

 private:
  void write(const RowsRead& rows);
  void see_keys(const RowsRead& rows);
  void check_keys() const;
  void tell_format(const Record& record, const RowRewards& rewards);
  void tell_remarks();
  void tell_guards();
  void count(const Record& record, const RowRewards& rewards);
  void refuse_single(const Record& record, RowRewards& rewards) const;

  RowFiles& in_;
  Scorer& scorer_;
  const ScoreOptions& options_;
  RewardWriter writer_;
  KeysSeen keys_seen_;
  std::ostream& out_;
  Log& log_;
  std::vector<Format> formats_;   // seen so far
  std::optional<Format> format_;  // of the last row that has one
  RemarkedRows special_text_, other_role_, repeated_prompt_;
  ScoreReport report_;
};

// The format that is taken, for the first row that has it.
void ScoredFile::tell_format(const Record& record, const RowRewards& rewards) {
  if (!rewards.format || std::ranges::count(formats_, *rewards.format) > 0) return;
  const bool first = formats_.empty();
  formats_.push_back(*rewards.format);
  const bool dialogue =
      is_format<PointwiseFormat>(rewards.format) && rewards.fields.key_of("response") == "messages";
  log_.info(str(record.where, ": format ", format_name(*rewards.format),
                scorer_.options().format ? ", as --format says" : ", by its fields",
                dialogue ? "; the dialogue of \"messages\" is scored" : "",
                first ? "" : "; the rows differ, and each is read by its own fields"));
  const RewardConfig& config = scorer_.reward_config();
  const auto learned = [](const SourceRecord& source) {
    return source.format == SegmentsFormat::name;
  };
  if (!is_format<SegmentsFormat>(rewards.format) || !record.row.contains("completions") ||
      scorer_.options().format || std::ranges::any_of(config.sources, learned)) {
    return;
  }
  log_.warn(
      "\"completions\" are taken for the segments of one answer, though the model was trained on "
      "no segments; for several answers: --format ranked --fields "
      "responses=completions");
}

void ScoredFile::count(const Record& record, const RowRewards& rewards) {
  ++report_.rows;
  report_.guards.add(rewards.guards);
  special_text_.add(rewards.remarks.special_text, record.where);
  other_role_.add(rewards.remarks.other_role, record.where);
  repeated_prompt_.add(rewards.remarks.repeated_prompt, record.where);
  if (rewards.scored()) return;
  if (report_.incomplete() == 0) report_.first = with_command_options(rewards.why());
  const auto has_rewards = [](const ScoredResponse& of) { return !of.rewards.empty(); };
  ++(std::ranges::any_of(rewards.responses, has_rewards) ? report_.in_part : report_.without);
}

// The best of one answer is a mistake: of the whole file where it begins so.
void ScoredFile::refuse_single(const Record& record, RowRewards& rewards) const {
  if (!options_.best || !rewards.error.empty() || !rewards.format) return;
  if (!is_format<PointwiseFormat>(rewards.format) && !is_format<SegmentsFormat>(rewards.format)) {
    return;
  }
  const std::string error =
      str(record.where, ": found one answer (format ", format_name(*rewards.format),
          "), expected several for --best: a list \"responses\"");
  if (report_.rows == 0) throw Error{ErrorKind::data, error};
  rewards.error = error;
  rewards.responses.clear();
}

void ScoredFile::write(const RowsRead& rows) {
  std::vector<RowRewards> rewards = scorer_.score(rows.records);
  if (!format_) {  // for rows before the first one that can be read
    const auto known = std::ranges::find_if(rewards, [](const auto& of) { return !!of.format; });
    if (known != rewards.end()) format_ = known->format;
  }
  for (size_t i = 0; i < rows.records.size(); ++i) {
    const Record& record = rows.records[i];
    tell_format(record, rewards[i]);
    refuse_single(record, rewards[i]);
    if (rewards[i].format) format_ = rewards[i].format;
    out_ << writer_.line(record, rewards[i], format_) << "\n";
    count(record, rewards[i]);
  }
  out_.flush();
  if (out_) return;
  throw Error{ErrorKind::checkpoint,
              "the output cannot be written: is the disk full, or the pipe closed?"};
}

void ScoredFile::tell_guards() {
  const RowOptions& rows = scorer_.options();
  const GuardContext context{.guarding = Guarding::scoring,
                             .rule = rule_of(rows.text).value_or(scorer_.reward_config().text.rule),
                             .prompt = read_from(rows.fields, "prompt"),
                             .ignore = rows.ignore};
  report_.warnings = findings_of(report_.guards, context).warnings;
  for (const std::string& warning : report_.warnings) log_.warn(warning);
}

void ScoredFile::tell_remarks() {
  const auto warn = [&](const RemarkedRows& rows, const char* what) {
    if (rows.count == 0) return;
    log_.warn(str(count_text(rows.count, "row"), " ", what, first_of(rows)));
  };
  warn(special_text_, "with text that spells a special token (--special-text)");
  warn(other_role_, "whose last message has another role than \"assistant\"");
  if (2 * repeated_prompt_.count > report_.rows) {
    warn(repeated_prompt_, "with answers that begin with the prompt: the model sees it twice");
  }
  const bool segments = std::ranges::any_of(formats_, [](const Format& format) {
    return std::holds_alternative<SegmentsFormat>(format);
  });
  if (segments || report_.rows == 0) return;
  for (const std::string& option : options_.segment_options) {
    log_.warn(str(option, " changed nothing: no row has segments"));
  }
}

void ScoredFile::see_keys(const RowsRead& rows) {
  for (const Record& record : rows.records) {
    if (record.error.empty()) keys_seen_.see(record.row);
  }
}

// A name that no row has is a slip: of a file of one reading before anything is written.
void ScoredFile::check_keys() const {
  const std::vector<std::string> problems = keys_seen_.problems();
  if (!problems.empty()) throw Error{ErrorKind::data, "--" + join(problems, "; --")};
}

ScoreReport ScoredFile::run(RowsRead ahead) {
  if (!writer_.note().empty()) log_.info(writer_.note());
  RowsRead rows = read_rows(in_, kRowsAtOnce);
  see_keys(ahead);
  see_keys(rows);
  if (rows.records.size() < kRowsAtOnce) check_keys();
  if (!ahead.records.empty()) write(ahead);
  while (!rows.records.empty()) {
    write(rows);
    rows = read_rows(in_, kRowsAtOnce);
    see_keys(rows);
  }
  check_keys();
  tell_remarks();
  tell_guards();
  return report_;
}

}  // namespace

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
  return ScoredFile(in, scorer, options, out, log).run(std::move(ahead));
}

}  // namespace laurel
