// A file of loaded rows in checked blocks: what is read back is what was written, or nothing.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "data/rows.h"

namespace laurel {

// `key` is stored with the rows. Throws Error (checkpoint) if the file cannot be written.
void write_rows_file(const std::filesystem::path& path, const std::string& key,
                     const SourceRows& rows);

// nullopt if there is no such file, if a byte of it is missing or changed, or if it has another
// key. Groups are without source.
std::optional<SourceRows> read_rows_file(const std::filesystem::path& path, const std::string& key);

}  // namespace laurel
