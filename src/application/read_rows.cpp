// Parses rows; a row that is not JSON becomes a record with an error.
#include "application/read_rows.h"

#include <utility>

namespace laurel {

RowsRead read_rows(RowFiles& in, size_t most) {
  RowsRead rows;
  while (rows.records.size() < most) {
    std::optional<RawRow> row = in.next();
    if (!row) break;
    Record record{.where = in.where(*row)};
    try {
      record.row = parse_raw_row(*row, record.where);
    } catch (const Error& error) {
      if (error.kind != ErrorKind::data) throw;
      record.error = error.message;
    }
    record.text = std::move(row->text);
    rows.records.push_back(std::move(record));
  }
  return rows;
}

}  // namespace laurel
