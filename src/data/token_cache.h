// Tokenised rows of earlier runs, read back where they would be made again exactly as they are.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "data/load.h"
#include "data/rows.h"

namespace laurel {

// The cache in `folder`, or in laurel/ of the user's cache folder; nullopt where neither is known,
// or where /proc does not show the program's file, by whose hash it is known.
std::optional<TokenCache> open_token_cache(const std::optional<Path>& folder);

// All that a source's rows follow from, as text: equal keys, equal rows. The name and the paths
// belong to it because messages hold them. nullopt if a file is not a regular one (a pipe can be
// read once only) or cannot be read.
std::optional<std::string> token_key(const TokenCache& cache, const SourceOptions& options,
                                     const LoadContext& context);

// Where the rows with this key lie.
std::filesystem::path token_file(const TokenCache& cache, const std::string& key);

// The source's rows, from the cache or else from its files; then they are stored, and files of the
// cache that nothing used for 30 days are removed. `notes` says what the cache did. Errors as
// load_source; that the cache cannot be written is a note.
SourceRows rows_through_cache(const SourceOptions& options, const LoadContext& context);

}  // namespace laurel
