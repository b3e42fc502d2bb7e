// The rows of several files, one file after the other.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/files/row_reader.h"

namespace laurel {

class RowFiles {
 public:
  // "-" is standard input. Throws Error (data) at once if one of the files cannot be opened.
  explicit RowFiles(std::vector<std::string> files);

  // Throws Error (data) with the location that was reached.
  std::optional<RawRow> next();

  // Of a row that next() has just returned.
  std::string where(const RawRow& row) const { return reader_->where(row); }

 private:
  std::vector<std::string> files_;
  size_t opened_ = 0;
  std::unique_ptr<RowReader> reader_;
};

}  // namespace laurel
