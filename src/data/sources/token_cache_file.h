// A file of the token cache: loaded rows in blocks with checksums; it is read unchanged or not at
// all. Checksums do not show who wrote it, so that each row is validated too.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "data/sources/row_loader.h"

namespace laurel {

constexpr size_t kTokenCacheKeyDigits = 64;  // of SHA-256

// What the rows of a source may hold.
struct RowLimits {
  LabelKind label_kind = LabelKind::pairwise;
  size_t attributes = 1;  // of its scores
  size_t slices = 0;
  size_t files = 1;  // of train and eval together
  int64_t vocabulary = 0;
  int64_t max_length = 0;
};

// `key` is stored with the rows. Throws Error (checkpoint) if the file cannot be written.
void write_token_cache_file(const std::filesystem::path& path, const std::string& key,
                            const SourceRows& rows);

// nullopt if there is no such file, if a byte of it is missing or changed, if it has another key,
// or if a row is not one that loading a source within these limits makes.
// Groups are without source.
std::optional<SourceRows> read_token_cache_file(const std::filesystem::path& path,
                                                const std::string& key, const RowLimits& limits);

}  // namespace laurel
