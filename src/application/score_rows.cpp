// Puts rewards into the fields of the rows that they are of.
#include "application/score_rows.h"

#include <span>
#include <utility>

#include "eval/reduce_segments.h"

namespace laurel {

namespace {

constexpr size_t kRowsAtOnce = 1024;

template <class F>
bool is(const std::optional<Format>& format) {
  return format && std::holds_alternative<F>(*format);
}

class RowWriter {
 public:
  RowWriter(Scorer& scorer, std::ostream& out)
      : scorer_(scorer), out_(out), format_(scorer.options().format) {}

  // Scores and writes these rows. Returns how many have no reward.
  int64_t write(std::vector<Record>& records);

 private:
  Json reward_json(std::span<const double> columns) const;
  std::vector<double> reduced(std::span<const double> rewards) const;
  std::vector<std::string> fields_of(const Record& record) const;
  void set_rewards(Record& record, RowRewards rewards) const;

  Scorer& scorer_;
  std::ostream& out_;
  std::optional<Format> format_;  // of the last row that has one
};

// One position's rewards as JSON: a number, or a number for each of the head's attributes.
Json RowWriter::reward_json(std::span<const double> columns) const {
  const std::vector<std::string>& attributes = scorer_.reward_config().attributes;
  if (attributes.empty()) return columns[0];
  Json named = Json::object();
  for (size_t i = 0; i < attributes.size(); ++i) named[attributes[i]] = columns[i];
  return named;
}

// Of the rewards of a response's segments, column by column.
std::vector<double> RowWriter::reduced(std::span<const double> rewards) const {
  const auto columns = static_cast<size_t>(scorer_.reward_config().columns());
  std::vector<double> all;
  for (size_t column = 0; column < columns; ++column) {
    std::vector<double> values;
    for (size_t i = column; i < rewards.size(); i += columns) values.push_back(rewards[i]);
    all.push_back(reduce(values, *scorer_.options().reduction));
  }
  return all;
}

// Those of a row that could not be read: by what it holds, else as the last row's format has them.
std::vector<std::string> RowWriter::fields_of(const Record& record) const {
  if (!format_) return {"reward"};
  return reward_fields(*format_, record.row, scorer_.options().columns);
}

// Writes the rewards into the row's fields; without any, null and the row's error.
void RowWriter::set_rewards(Record& record, RowRewards of) const {
  const bool in_segments = is<SegmentsFormat>(of.format);
  const bool as_list = in_segments || is<RankedFormat>(of.format);
  const std::vector<std::string> fields = fields_of(record);
  const auto columns = static_cast<size_t>(scorer_.reward_config().columns());
  const auto reward = [&](size_t i) {
    return reward_json(std::span(of.rewards).subspan(i * columns, columns));
  };
  Json& row = record.row;
  row.erase("reward_error");  // of an earlier scoring
  if (of.rewards.empty()) {
    if (as_list) row["rewards"] = nullptr;
    for (const std::string& field : fields) row[field] = nullptr;
    row["reward_error"] = of.error;
    return;
  }
  if (as_list) {
    Json& list = row["rewards"] = Json::array();
    for (size_t i = 0; i * columns < of.rewards.size(); ++i) list.push_back(reward(i));
    if (in_segments) of.rewards = reduced(of.rewards);
  }
  for (size_t i = 0; i < fields.size(); ++i) row[fields[i]] = reward(i);
}

int64_t RowWriter::write(std::vector<Record>& records) {
  std::vector<RowRewards> rewards = scorer_.score(records);
  int64_t without = 0;
  for (size_t i = 0; i < records.size(); ++i) {
    without += rewards[i].rewards.empty();
    if (rewards[i].format) format_ = rewards[i].format;
    set_rewards(records[i], std::move(rewards[i]));
    out_ << records[i].row.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
  }
  out_.flush();
  if (!out_) {
    throw Error{ErrorKind::checkpoint,
                "the output cannot be written: is the disk full, or the pipe closed?"};
  }
  records.clear();
  return without;
}

Record record_of(const RawRow& row, const std::string& where) {
  Record record{.where = where};
  try {
    record.row = parse_raw_row(row, where);
  } catch (const Error& error) {
    if (error.kind != ErrorKind::data) throw;
    record.error = error.message;
  }
  return record;
}

}  // namespace

int64_t score_rows(RowReader& in, Scorer& scorer, std::ostream& out) {
  RowWriter writer(scorer, out);
  std::vector<Record> records;
  int64_t without = 0;
  while (const std::optional<RawRow> row = in.next()) {
    records.push_back(record_of(*row, in.where(*row)));
    if (records.size() == kRowsAtOnce) without += writer.write(records);
  }
  return without + writer.write(records);
}

}  // namespace laurel
