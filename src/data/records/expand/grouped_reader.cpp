// Rows are parsed here where they are walked or joined; what is made of them is parsed again as any row.
#include "data/records/expand/grouped_reader.h"

#include <utility>

#include "core/error.h"
#include "core/option_types.h"
#include "core/str.h"
#include "data/records/expand/oasst.h"
#include "data/records/expand/prm800k.h"

namespace laurel {

GroupedReader::GroupedReader(const std::string& path, const RowGrouping& grouping)
    : reader_(path), grouping_(grouping) {}

std::optional<RawRow> GroupedReader::read() {
  std::optional<RawRow> row = reader_.next();
  if (row) ++counts_.read;
  return row;
}

std::optional<RawRow> GroupedReader::next() {
  while (ready_.empty() && !ended_) {
    std::optional<RawRow> row = read();
    if (!row) {
      ended_ = true;
      if (!tree_.empty()) end_tree();
    } else if (grouping_.expand != Expand::none) {
      walk(*row);
    } else if (grouping_.rows_per_group > 1) {
      join(std::move(*row));
    } else {
      return row;
    }
  }
  if (ready_.empty()) return std::nullopt;
  RawRow row = std::move(ready_.front());
  ready_.pop_front();
  return row;
}

void GroupedReader::add(const RawRow& of, const std::vector<Json>& rows) {
  for (const Json& row : rows) {
    RawRow made{.number = of.number, .is_line = of.is_line, .line = of.line, .text = row.dump()};
    ready_.push_back(std::move(made));
  }
  counts_.made += std::ssize(rows);
}

// The location is said by whoever parses the row.
void GroupedReader::add_problem(const RawRow& of, const std::string& message) {
  const std::string location = where(of) + ": ";
  RawRow bad{.number = of.number, .is_line = of.is_line, .line = of.line};
  bad.problem = message.starts_with(location) ? message.substr(location.size()) : message;
  ready_.push_back(std::move(bad));
}

// Of the first row and those after it that belong to it.
void GroupedReader::join(RawRow first) {
  std::string text = "{\"rows\":[", problem;
  std::optional<RawRow> row = first;
  for (int64_t i = 0; i < grouping_.rows_per_group; ++i) {
    if (i > 0) row = read();
    if (!row) {
      throw Error{ErrorKind::data,
                  str(where(first), ": found ", count_text(i, "row"), " at the end, expected ",
                      grouping_.rows_per_group, ", which make a group (rows_per_group)")};
    }
    try {
      parse_raw_row(*row, where(*row));
      text += str(i > 0 ? "," : "", row->text);
    } catch (const Error& error) {
      if (error.kind != ErrorKind::data) throw;
      if (problem.empty()) problem = error.message;
    }
    if (text.size() > kMaxRowBytes && problem.empty()) {
      problem = str("found a group of more than ", kMaxRowBytes >> 20, " MiB, expected less");
    }
    if (!problem.empty()) text.clear();
  }
  if (!problem.empty()) return add_problem(first, problem);
  first.text = std::move(text) + "]}";
  ready_.push_back(std::move(first));
  ++counts_.made;
}

void GroupedReader::walk(const RawRow& row) {
  const std::string location = where(row);
  try {
    Json json = parse_raw_row(row, location);
    if (grouping_.expand == Expand::oasst && OasstTrees::is_message(json)) {
      return take_message(row, std::move(json));
    }
    const std::vector<Json> rows = grouping_.expand == Expand::oasst
                                       ? OasstTrees::expand(json, location)
                                       : Prm800kWalk::expand(json, location);
    counts_.without += rows.empty();
    add(row, rows);
  } catch (const Error& error) {
    if (error.kind != ErrorKind::data) throw;
    add_problem(row, error.message);
  }
}

void GroupedReader::take_message(RawRow row, Json json) {
  const std::string id = OasstTrees::tree_id(json, where(row));
  if (!tree_.empty() && id != tree_id_) end_tree();
  tree_id_ = id;
  row.text.clear();
  tree_.push_back({std::move(row), std::move(json)});
}

void GroupedReader::end_tree() {
  std::vector<Json> messages;
  std::vector<std::string> places;
  const std::vector<Message> tree = std::exchange(tree_, {});
  for (const Message& message : tree) {
    messages.push_back(message.json);
    places.push_back(where(message.row));
  }
  try {
    const std::vector<Json> rows =
        OasstTrees::expand(OasstTrees::tree_of(messages, places), places.front());
    if (rows.empty()) counts_.without += std::ssize(tree);
    add(tree.front().row, rows);
  } catch (const Error& error) {
    if (error.kind != ErrorKind::data) throw;
    add_problem(tree.front().row, error.message);
  }
}

std::string grouping_note(const GroupingCounts& counts, const RowGrouping& grouping) {
  if (!grouping.changes_rows()) return "";
  std::string note =
      str(count_text(counts.read, "row"), " made ", count_text(counts.made, "group"));
  if (grouping.expand != Expand::none) {
    note += str(" (expand: ", enum_name(grouping.expand), ")");
  } else {
    note += str(" (rows_per_group: ", grouping.rows_per_group, ")");
  }
  if (counts.without > 0) note += str("; ", count_text(counts.without, "row"), " made none");
  return note;
}

}  // namespace laurel
