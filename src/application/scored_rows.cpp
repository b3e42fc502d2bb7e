// Reads rows, has them scored a thousand at a time, and says what was found in them.
#include "application/scored_rows.h"

#include <algorithm>
#include <utility>

#include "core/str.h"
#include "data/records/keys_seen.h"

namespace laurel {

namespace {

constexpr size_t kRowsAtOnce = 1024;

template <class F>
bool is_format(const std::optional<Format>& format) {
  return format && std::holds_alternative<F>(*format);
}

class ScoredRows {
 public:
  ScoredRows(RowFiles& in, Scorer& scorer, const std::vector<std::string>& segment_options,
             const RowSink& sink, Log& log)
      : in_(in),
        scorer_(scorer),
        segment_options_(segment_options),
        sink_(sink),
        keys_seen_(
            fields_without_labels(scorer.options().fields, *scorer.options().attributes).keys()),
        log_(log) {}

  ScoreReport run(RowsRead ahead);

 private:
  void use(const RowsRead& rows);
  void see_keys(const RowsRead& rows);
  void check_keys() const;
  void tell_format(const Record& record, const RowRewards& rewards);
  void tell_remarks();
  void tell_guards();
  void count(const Record& record, const RowRewards& rewards);

  RowFiles& in_;
  Scorer& scorer_;
  const std::vector<std::string>& segment_options_;
  const RowSink& sink_;
  KeysSeen keys_seen_;
  int64_t rows_seen_ = 0;
  Log& log_;
  std::vector<Format> formats_;   // seen so far
  std::optional<Format> format_;  // of the last row that has one
  Occurrences special_text_, other_role_, repeated_prompt_;
  ScoreReport report_;
};

// The format that is taken, for the first row that has it.
void ScoredRows::tell_format(const Record& record, const RowRewards& rewards) {
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

void ScoredRows::count(const Record& record, const RowRewards& rewards) {
  ++report_.rows;
  report_.guards.add(rewards.guards);
  if (rewards.remarks.special_text) special_text_.add(record.where);
  if (rewards.remarks.other_role) other_role_.add(record.where);
  if (rewards.remarks.repeated_prompt) repeated_prompt_.add(record.where);
  if (rewards.scored()) return;
  if (report_.incomplete() == 0) report_.first = with_command_options(rewards.why());
  const auto has_rewards = [](const ScoredResponse& of) { return !of.rewards.empty(); };
  ++(std::ranges::any_of(rewards.responses, has_rewards) ? report_.in_part : report_.without);
}

void ScoredRows::use(const RowsRead& rows) {
  std::vector<RowRewards> rewards = scorer_.score(rows.records);
  if (!format_) {  // for rows before the first one that can be read
    const auto known = std::ranges::find_if(rewards, [](const auto& of) { return !!of.format; });
    if (known != rewards.end()) format_ = known->format;
  }
  for (size_t i = 0; i < rows.records.size(); ++i) {
    const Record& record = rows.records[i];
    tell_format(record, rewards[i]);
    if (rewards[i].format) format_ = rewards[i].format;
    sink_.row(record, rewards[i], format_);
    count(record, rewards[i]);
  }
  if (sink_.round) sink_.round();
}

void ScoredRows::tell_guards() {
  const RowOptions& rows = scorer_.options();
  const GuardContext context{.guarding = Guarding::scoring,
                             .rule = rule_of(rows.text).value_or(scorer_.reward_config().text.rule),
                             .prompt = read_from(rows.fields, "prompt"),
                             .ignore = rows.ignore};
  report_.warnings = findings_of(report_.guards, context).warnings;
  for (const std::string& warning : report_.warnings) log_.warn(warning);
}

void ScoredRows::tell_remarks() {
  const auto warn = [&](const Occurrences& rows, const char* what) {
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
  for (const std::string& option : segment_options_) {
    log_.warn(str(option, " changed nothing: no row has segments"));
  }
}

void ScoredRows::see_keys(const RowsRead& rows) {
  for (const Record& record : rows.records) {
    if (record.error.empty()) keys_seen_.see(record.row, rows_seen_++);
  }
}

// A name that no row has is a slip: of a file of one reading before anything is written.
void ScoredRows::check_keys() const {
  const std::vector<std::string> problems = keys_seen_.problems();
  if (!problems.empty()) throw Error{ErrorKind::data, "--" + join(problems, "; --")};
}

ScoreReport ScoredRows::run(RowsRead ahead) {
  RowsRead rows = read_rows(in_, kRowsAtOnce);
  see_keys(ahead);
  see_keys(rows);
  if (rows.records.size() < kRowsAtOnce) check_keys();
  if (!ahead.records.empty()) use(ahead);
  while (!rows.records.empty()) {
    use(rows);
    rows = read_rows(in_, kRowsAtOnce);
    see_keys(rows);
  }
  check_keys();
  tell_remarks();
  tell_guards();
  return report_;
}

}  // namespace

ScoreReport for_each_scored_row(RowFiles& in, RowsRead ahead, Scorer& scorer,
                                const std::vector<std::string>& segment_options,
                                const RowSink& sink, Log& log) {
  return ScoredRows(in, scorer, segment_options, sink, log).run(std::move(ahead));
}

}  // namespace laurel
