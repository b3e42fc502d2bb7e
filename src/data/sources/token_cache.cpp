// Token cache. Keys hold hashes of contents, never times or sizes: a changed file has another key.
#include "data/sources/token_cache.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <chrono>

#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "core/option_types.h"
#include "core/str.h"
#include "data/sources/token_cache_file.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

constexpr auto kUnused = std::chrono::hours(24 * 30);
constexpr std::string_view kEnd = ".tokens";

Json hashes_of(const std::vector<Path>& files) {
  Json hashes = Json::array();
  for (const Path& file : files) {
    std::error_code none;
    if (!fs::is_regular_file(file.value, none)) throw Error{ErrorKind::data, file.value};
    hashes.push_back({{"path", file.value}, {"sha256", sha256_of_file(file.value)}});
  }
  return hashes;
}

Json key_of(const TokenCache& cache, const SourceOptions& options, const LoadContext& context) {
  return {{"program", cache.program},
          {"text_folder", context.folder.identity},
          {"strings", enum_name(context.strings)},
          {"pooling", enum_name(context.pooling.rule)},
          {"pad_id", context.pooling.pad_id},
          {"causal", context.pooling.causal},
          {"max_length", context.length.max_length},
          {"over_length", enum_name(context.length.over_length)},
          {"special_text", enum_name(context.data.special_text)},
          {"bad_rows", context.data.bad_rows},
          {"name", options.name},
          {"format", format_name(options.format)},
          {"text", enum_name(options.text)},
          {"columns", options.columns},
          {"attributes", options.attributes},
          {"separator", options.separator},
          {"slices", options.slices},
          {"limit", options.limit ? Json(*options.limit) : Json()},
          {"train", hashes_of(options.train)},
          {"eval", hashes_of(options.eval)}};
}

RowLimits limits_of(const SourceOptions& options, const LoadContext& context) {
  return {.label_kind = label_kind(options.format),
          .attributes = std::max<size_t>(options.attributes.size(), 1),
          .slices = options.slices.size(),
          .files = options.train.size() + options.eval.size(),
          .vocabulary = context.folder.tokenizer.vocabulary_size(),
          .max_length = context.length.max_length};
}

bool is_cache_file(const std::string& name) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return name.size() > kTokenCacheKeyDigits &&
         std::all_of(name.begin(), name.begin() + kTokenCacheKeyDigits, is_digit) &&
         std::string_view(name).substr(kTokenCacheKeyDigits).starts_with(kEnd);
}

void remove_unused(const fs::path& folder) {
  std::error_code none;
  const auto now = fs::file_time_type::clock::now();
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    if (!is_cache_file(entry.path().filename())) continue;
    const auto used = entry.last_write_time(none);
    if (!none && now - used > kUnused) fs::remove(entry.path(), none);
  }
}

// Why the rows could not be stored; nullopt if they were.
std::optional<std::string> store(const fs::path& file, const std::string& key,
                                 const SourceRows& rows) {
  std::error_code ignored;  // writing says what is wrong with the folder
  fs::create_directories(file.parent_path(), ignored);
  try {
    write_token_cache_file(file, key, rows);
  } catch (const Error& error) {
    return error.message;
  }
  remove_unused(file.parent_path());
  return std::nullopt;
}

}  // namespace

std::optional<TokenCache> open_token_cache(const std::optional<Path>& folder) {
  std::optional<fs::path> path = folder ? fs::path(folder->value) : user_cache_folder();
  if (!path) return std::nullopt;
  if (!folder) *path /= "laurel";
  try {
    return TokenCache{.folder = *path, .program = sha256_of_file("/proc/self/exe")};
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<std::string> token_cache_key(const TokenCache& cache, const SourceOptions& options,
                                           const LoadContext& context) {
  TORCH_INTERNAL_ASSERT(!context.folder.identity.empty(), "a text folder that was not loaded");
  try {
    return key_of(cache, options, context).dump();
  } catch (const Error&) {
    return std::nullopt;
  }
}

fs::path token_cache_path(const TokenCache& cache, const std::string& key) {
  return cache.folder / str(sha256(key), kEnd);
}

SourceRows load_rows_with_cache(const SourceOptions& options, const LoadContext& context) {
  const auto load = [&] { return RowLoader(options, context).load(); };
  if (!context.cache) return load();
  const std::optional<std::string> key = token_cache_key(*context.cache, options, context);
  if (!key) return load();
  const std::string source = str("source ", options.name, ": ");
  const fs::path file = token_cache_path(*context.cache, *key);
  std::error_code ignored;
  const bool there = fs::exists(file, ignored);
  if (auto rows = read_token_cache_file(file, *key, limits_of(options, context))) {
    fs::last_write_time(file, fs::file_time_type::clock::now(), ignored);
    rows->notes.push_back(str(source,
                              count_text(std::ssize(rows->train) + std::ssize(rows->eval), "row"),
                              " from the token cache ", file));
    return std::move(*rows);
  }
  SourceRows rows = load();
  // What a writer changed meanwhile must not be kept under the hash of what it was.
  if (token_cache_key(*context.cache, options, context) != key) return rows;
  const std::optional<std::string> failure = store(file, *key, rows);
  if (failure) {
    rows.notes.push_back(str(source, "the token cache is not written: ", *failure,
                             " (set data.cache_folder, or data.cache to false)"));
  } else if (there) {
    rows.notes.push_back(str(source, "found a damaged file in the token cache, replaced: ", file));
  }
  return rows;
}

}  // namespace laurel
