// The rows of a file as groups need them: as they are, several made of one, or several joined to one.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "data/files/row_reader.h"

namespace laurel {

// What makes several rows of one (data/records/expand/prm800k.h, oasst.h).
enum class Expand { none, prm800k, oasst };
constexpr auto enum_names(Expand) { return std::array{"none", "prm800k", "oasst"}; }

struct RowGrouping {
  Expand expand = Expand::none;
  int64_t rows_per_group = 1;  // not beside an expansion

  bool changes_rows() const { return expand != Expand::none || rows_per_group > 1; }
  bool operator==(const RowGrouping&) const = default;
};

struct GroupingCounts {
  int64_t read = 0;     // rows of the file
  int64_t made = 0;     // of them
  int64_t without = 0;  // rows that made none

  void fields(auto& visit) {
    visit(read);
    visit(made);
    visit(without);
  }
};

// As RowReader. Rows that are made keep the location of the row that they are made of; joined ones are
// {"rows": [...]} at the location of the first. A row that cannot be walked or joined is one with
// RawRow::problem.
class GroupedReader {
 public:
  // Throws Error (data) as RowReader.
  explicit GroupedReader(const std::string& path, const RowGrouping& grouping = {});

  // Throws Error (data) as RowReader, and where the last group lacks rows.
  std::optional<RawRow> next();

  std::string where(const RawRow& row) const { return reader_.where(row); }
  int64_t file_bytes_read() const { return reader_.file_bytes_read(); }

  const GroupingCounts& counts() const { return counts_; }  // so far

 private:
  struct Message {
    RawRow row;
    Json json;
  };

  std::optional<RawRow> read();
  void join(RawRow first);
  void walk(const RawRow& row);
  void take_message(RawRow row, Json json);
  void end_tree();
  void add(const RawRow& of, const std::vector<Json>& rows);
  void add_problem(const RawRow& of, const std::string& message);

  RowReader reader_;
  RowGrouping grouping_;
  std::deque<RawRow> ready_;
  std::vector<Message> tree_;  // of Open Assistant: the messages so far
  std::string tree_id_;
  bool ended_ = false;
  GroupingCounts counts_;
};

// "12 rows made 40 groups (expand: prm800k); 2 rows made none", or "" where rows are as they are.
std::string grouping_note(const GroupingCounts& counts, const RowGrouping& grouping);

}  // namespace laurel
