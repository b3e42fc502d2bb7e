// Token cache: tokenised rows of earlier runs, reused if the same inputs would give the same rows.
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

// All that a source's rows follow from, as text: equal keys, equal rows. The name and the paths
// belong to it because messages hold them. nullopt if a file is not a regular one (a pipe can be
// read once only) or cannot be read.
std::optional<std::string> token_cache_key(const TokenCache& cache, const SourceOptions& options,
                                           const LoadContext& context);

// The cache file of this key.
std::filesystem::path token_cache_path(const TokenCache& cache, const std::string& key);

// The source's rows, from the cache or else from its files; then they are stored, and files of the
// cache that nothing used for 30 days are removed. `notes` says what the cache did. Errors as
// load_source; that the cache cannot be written is a note.
SourceRows load_rows_with_cache(const SourceOptions& options, const LoadContext& context);

}  // namespace laurel
