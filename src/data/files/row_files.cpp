// One file is open at a time.
#include "data/files/row_files.h"

#include <filesystem>
#include <utility>

namespace laurel {

static std::unique_ptr<RowReader> open_reader(const std::string& file) {
  if (file == "-") return std::unique_ptr<RowReader>(new RowReader(RowReader::of_standard_input()));
  return std::make_unique<RowReader>(file);
}

RowFiles::RowFiles(std::vector<std::string> files) : files_(std::move(files)) {
  for (const std::string& file : files_) {
    // A pipe can be opened only once.
    std::error_code ignored;
    const bool is_pipe = std::filesystem::exists(file, ignored) &&
                         !std::filesystem::is_regular_file(file, ignored) &&
                         !std::filesystem::is_directory(file, ignored);
    if (file != "-" && !is_pipe) RowReader check(file);
  }
}

std::optional<RawRow> RowFiles::next() {
  for (;;) {
    if (reader_) {
      std::optional<RawRow> row = reader_->next();
      if (row || opened_ == files_.size()) return row;
    }
    if (opened_ == files_.size()) return std::nullopt;
    reader_ = open_reader(files_[opened_++]);
  }
}

}  // namespace laurel
