// A file of loaded rows in checked blocks: what is read back is what was written, or nothing.
// Hashes do not show who wrote it, so that each row is looked at too.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "data/rows.h"

namespace laurel {

// What the rows of a source may hold.
struct RowBounds {
  Format format = Format::pairwise;
  size_t attributes = 1;  // of its scores
  size_t slices = 0;
  size_t files = 1;  // of train and eval together
  int64_t vocabulary = 0;
  int64_t max_length = 0;
};

// `key` is stored with the rows. Throws Error (checkpoint) if the file cannot be written.
void write_rows_file(const std::filesystem::path& path, const std::string& key,
                     const SourceRows& rows);

// nullopt if there is no such file, if a byte of it is missing or changed, if it has another key,
// or if a row is not one that loading a source within these bounds makes.
// Groups are without source.
std::optional<SourceRows> read_rows_file(const std::filesystem::path& path, const std::string& key,
                                         const RowBounds& bounds);

}  // namespace laurel
