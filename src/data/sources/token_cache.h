// Token cache: files of tokenised rows, one for each data file, used again where the same inputs would
// give the same rows.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "data/sources/load.h"
#include "data/sources/row_loader.h"

namespace laurel {

// The cache in `folder`, or in laurel/ of the user's cache folder; nullopt where neither is known,
// or where /proc does not show the program's file, by whose hash it is known.
std::optional<TokenCache> open_token_cache(const std::optional<Path>& folder);

// SHA-256 of a data file. The cache remembers it with size and times of the file, so that a large
// one need not be read again; not if it was written in the last two seconds, since another change
// might not show in its times. nullopt if the file is not a regular one (a pipe can be read once
// only) or cannot be read.
std::optional<std::string> sha256_of_data(const TokenCache& cache,
                                          const std::filesystem::path& file);

// A data file of a source.
struct DataFile {
  std::string path;
  RowCount most = std::nullopt;                 // of its rows
  std::optional<TextRule> rule = std::nullopt;  // that files before it have decided
};

// All that its rows follow from, as text: equal keys, equal rows. The path belongs to it because
// messages hold it. `sha256` is of the file.
std::string token_cache_key(const TokenCache& cache, const SourceOptions& options,
                            const LoadContext& context, const DataFile& file,
                            const std::string& sha256);

// The cache file of this key.
std::filesystem::path token_cache_path(const TokenCache& cache, const std::string& key);

// Removes files of the cache that nothing used for 30 days, and what runs that were killed left of
// files that they were writing, after a day.
void remove_unused(const TokenCache& cache);

}  // namespace laurel
