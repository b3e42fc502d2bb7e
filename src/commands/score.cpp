// laurel score: every input row with its rewards, in order; nothing is dropped.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <span>

#include "application/compute.h"
#include "application/loaded_reward_model.h"
#include "commands/arguments.h"
#include "commands/commands.h"
#include "commands/row_arguments.h"
#include "core/parallel.h"
#include "core/str.h"
#include "data/example.h"
#include "data/row.h"
#include "data/row_reader.h"
#include "eval/evaluate.h"
#include "eval/reduce_segments.h"

namespace laurel {

static constexpr size_t kRowsAtOnce = 1024;

// One input row on its way to an output row.
struct ScoredRow {
  Json row = Json::object();                  // as read; empty if it could not be
  std::vector<std::string> fields;            // of its rewards
  bool in_segments = false, as_list = false;  // "rewards" are a list
  std::optional<Group> group;                 // none: `error` says why
  std::string error;
};

class RowScorer {
 public:
  // `arguments` are complete.
  RowScorer(LoadedRewardModel& reward_model, const RowOptions& arguments, int64_t workers)
      : reward_model_(reward_model),
        arguments_(arguments),
        workers_(workers),
        format_(arguments.format) {}

  // Reads all rows, writes one line each. Returns how many have no reward.
  int64_t score(RowReader& in, std::ostream& out);

 private:
  ScoredRow read(const RawRow& row, const std::string& where);
  int64_t write(std::vector<ScoredRow>& rows, std::ostream& out);
  Json reward_json(std::span<const double> columns) const;
  std::vector<double> reduced(std::span<const double> rewards) const;
  void set_rewards(ScoredRow& row, std::vector<double> rewards) const;

  LoadedRewardModel& reward_model_;
  const RowOptions& arguments_;
  int64_t workers_;
  std::optional<Format> format_;  // of the last row that could be read
};

// "reward" for a rating's row; "chosen_reward", "rejected_reward" and the like for a pair's.
static std::vector<std::string> reward_fields(const std::vector<std::string>& names) {
  if (names.size() == 1) return {"reward"};
  std::vector<std::string> fields;
  for (const std::string& name : names) fields.push_back(name + "_reward");
  return fields;
}

// Those of a row that gets no reward: by what it holds, else as its format's rows have them.
static std::vector<std::string> reward_fields(const Json& row, const RowOptions& arguments,
                                              const std::optional<Format>& format) {
  const auto renamed = arguments.columns.find("response_a");
  const std::string first = renamed == arguments.columns.end() ? "response_a" : renamed->second;
  if (format == Format::ranked) return {};
  if (format != Format::pairwise) return {"reward"};
  if (row.contains(first)) return reward_fields({"response_a", "response_b"});
  return reward_fields({"chosen", "rejected"});
}

ScoredRow RowScorer::read(const RawRow& row, const std::string& where) {
  ScoredRow scored;
  try {
    scored.row = parse_raw_row(row, where);
    const Format format = arguments_.format ? *arguments_.format
                                            : detect_format(scored.row, arguments_.columns, where);
    if (format != format_) check_columns(arguments_, format);
    format_ = format;
    const RowSchema schema{.format = format,
                           .columns = arguments_.columns,
                           .separator = *arguments_.separator,
                           .labelled = false};
    scored.in_segments = format == Format::segments;
    scored.as_list = scored.in_segments || format == Format::ranked;
    const Example example = parse_row(scored.row, schema, where);
    if (format != Format::ranked) scored.fields = reward_fields(example.names);
    TextRules rules = reward_model_.reward_config.text;
    if (arguments_.text != TextChoice::automatic) {
      rules.rule = arguments_.text == TextChoice::chat ? TextRule::chat : TextRule::plain;
    } else if (example.is_chat()) {
      rules.rule = TextRule::chat;
    }
    const EncodeContext context{reward_model_.text,
                                rules,
                                reward_model_.folder.pooling,
                                {.max_length = *reward_model_.reward_config.max_length}};
    EncodedExample encoded = encode_example(example, context, where);
    scored.group = std::move(encoded.group);
    scored.error = encoded.over_length;
  } catch (const Error& error) {
    if (error.kind != ErrorKind::data) throw;
    scored.error = error.message;
    scored.fields = reward_fields(scored.row, arguments_, format_);
  }
  return scored;
}

// One row's rewards as JSON: a number, or a number for each of the head's attributes.
Json RowScorer::reward_json(std::span<const double> columns) const {
  const std::vector<std::string>& attributes = reward_model_.reward_config.attributes;
  if (attributes.empty()) return columns[0];
  Json named = Json::object();
  for (size_t i = 0; i < attributes.size(); ++i) named[attributes[i]] = columns[i];
  return named;
}

// Of the rewards of a response's segments, column by column.
std::vector<double> RowScorer::reduced(std::span<const double> rewards) const {
  const auto columns = static_cast<size_t>(reward_model_.reward_config.columns());
  std::vector<double> all;
  for (size_t column = 0; column < columns; ++column) {
    std::vector<double> values;
    for (size_t i = column; i < rewards.size(); i += columns) values.push_back(rewards[i]);
    all.push_back(reduce(values, *arguments_.reduction));
  }
  return all;
}

// Writes the rewards into the row's fields; without any, null and the row's error.
void RowScorer::set_rewards(ScoredRow& row, std::vector<double> rewards) const {
  const auto columns = static_cast<size_t>(reward_model_.reward_config.columns());
  const auto reward = [&](size_t i) {
    return reward_json(std::span(rewards).subspan(i * columns, columns));
  };
  row.row.erase("reward_error");  // of an earlier scoring
  if (rewards.empty()) {
    if (row.as_list) row.row["rewards"] = nullptr;
    for (const std::string& field : row.fields) row.row[field] = nullptr;
    row.row["reward_error"] = row.error;
    return;
  }
  if (row.as_list) {
    Json& list = row.row["rewards"] = Json::array();
    for (size_t i = 0; i * columns < rewards.size(); ++i) list.push_back(reward(i));
    if (row.in_segments) rewards = reduced(rewards);
  }
  for (size_t i = 0; i < row.fields.size(); ++i) row.row[row.fields[i]] = reward(i);
}

int64_t RowScorer::write(std::vector<ScoredRow>& rows, std::ostream& out) {
  std::vector<Group> groups;
  for (const ScoredRow& row : rows) {
    if (!row.group) continue;
    groups.push_back(*row.group);
    groups.back().id = groups.size();
  }
  const std::vector<std::vector<double>> rewards =
      score_groups([&](const TokenBatch& tokens) { return reward_model_.model.score(tokens); },
                   groups, reward_model_.folder.pooling, {.workers = workers_});
  size_t next = 0;
  int64_t without = 0;
  for (ScoredRow& row : rows) {
    std::vector<double> values;
    if (row.group) values = rewards[next++];
    if (!std::ranges::all_of(values, [](double value) { return std::isfinite(value); })) {
      row.error = "the model's reward is not a finite number";
      values.clear();
    }
    without += values.empty();
    set_rewards(row, std::move(values));
    out << row.row.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
  }
  out.flush();
  if (!out)
    throw Error{ErrorKind::checkpoint,
                "the output cannot be written: is the disk full, or the pipe closed?"};
  rows.clear();
  return without;
}

int64_t RowScorer::score(RowReader& in, std::ostream& out) {
  std::vector<ScoredRow> rows;
  int64_t without = 0;
  while (const std::optional<RawRow> row = in.next()) {
    rows.push_back(read(*row, in.where(*row)));
    if (rows.size() == kRowsAtOnce) without += write(rows, out);
  }
  return without + write(rows, out);
}

int score_command(int argc, char** argv) {
  const CommandLine line{
      "score", "MODEL INPUT OUTPUT",
      "Writes every row of the file INPUT (JSONL, JSON or Parquet) to OUTPUT as JSONL with its "
      "\"reward\" (or \"chosen_reward\", \"rejected_reward\"; "
      "for lists and segments \"rewards\", one each); null with \"reward_error\" where there is "
      "none. - is standard input or output.\n"};
  const auto arguments = parse_arguments(line, argc, argv, add_row_options);
  if (!arguments) return 0;
  const std::vector<std::string> paths = positionals(*arguments);
  RowOptions rows = row_options(*arguments);
  if (rows.format) check_columns(rows, *rows.format);
  Log log(standard_error_sink());
  const Compute compute = set_up_process(compute_options(*arguments), log);
  std::error_code ignored;
  if (std::filesystem::equivalent(paths[1], paths[2], ignored)) {
    throw Error{
        ErrorKind::usage,
        str(paths[2], ": found the input as output, expected another file; nothing was written")};
  }
  RowReader in = paths[1] == "-" ? RowReader::of_standard_input() : RowReader(paths[1]);
  LoadedRewardModel reward_model = load_reward_model(paths[0], compute, log);
  fill_defaults(rows, reward_model.reward_config);
  std::ofstream file_out;
  if (paths[2] != "-") {
    file_out.open(paths[2], std::ios::binary);
    if (!file_out)
      throw Error{ErrorKind::checkpoint, str(paths[2], ": cannot be opened for writing")};
  }
  RowScorer scorer(reward_model, rows, compute.workers);
  const int64_t without = scorer.score(in, paths[2] == "-" ? std::cout : file_out);
  if (without > 0) log.warn(str(without, " rows have no reward; their \"reward_error\" says why"));
  return 0;
}

}  // namespace laurel
