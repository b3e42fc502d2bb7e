// Token cache. Keys hold hashes of contents, never times or sizes: a changed file has another key.
#include "data/sources/token_cache.h"

#include <c10/util/Exception.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <ctime>

#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "core/option_types.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

constexpr auto kUnused = std::chrono::hours(24 * 30), kUnfinished = std::chrono::hours(24);
constexpr std::string_view kEnd = ".tokens", kHashEnd = ".hash", kTemporary = ".tmp-";
constexpr size_t kDigits = 64;                 // of SHA-256
constexpr int64_t kLarge = int64_t{32} << 20;  // a data file whose hash is worth remembering
constexpr int64_t kSettled = 2;                // seconds

bool is_cache_file(const std::string& name) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (name.size() <= kDigits || !std::all_of(name.begin(), name.begin() + kDigits, is_digit)) {
    return false;
  }
  const std::string_view end = std::string_view(name).substr(kDigits);
  return end.starts_with(kEnd) || end.starts_with(kHashEnd);
}

// Where the hash of the file as it is now is remembered; nullopt if it should not be.
std::optional<fs::path> remembered_hash(const TokenCache& cache, const fs::path& file) {
  struct stat of {};
  if (::stat(file.c_str(), &of) != 0 || of.st_size < kLarge) return std::nullopt;
  if (std::max(of.st_mtim.tv_sec, of.st_ctim.tv_sec) + kSettled > std::time(nullptr)) {
    return std::nullopt;
  }
  const std::string stamp = str(fs::absolute(file), " ", of.st_dev, " ", of.st_ino, " ", of.st_size,
                                " ", of.st_mtim.tv_sec, " ", of.st_mtim.tv_nsec, " ",
                                of.st_ctim.tv_sec, " ", of.st_ctim.tv_nsec);
  return cache.folder / str(sha256(stamp), kHashEnd);
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

std::optional<std::string> sha256_of_data(const TokenCache& cache, const fs::path& file) {
  std::error_code none;
  if (!fs::is_regular_file(file, none)) return std::nullopt;
  try {
    const std::optional<fs::path> remembered = remembered_hash(cache, file);
    if (remembered && fs::exists(*remembered, none)) {
      std::string digits = read_file(*remembered, ErrorKind::data, kDigits);
      if (digits.size() == kDigits) return digits;
    }
    std::string digits = sha256_of_file(file);
    if (!remembered || remembered_hash(cache, file) != remembered) return digits;
    fs::create_directories(cache.folder, none);
    try {
      write_file(*remembered, digits);
    } catch (const Error&) {  // then it is not remembered
    }
    return digits;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string token_cache_key(const TokenCache& cache, const SourceOptions& options,
                            const LoadContext& context, const DataFile& file,
                            const std::string& sha256) {
  TORCH_INTERNAL_ASSERT(!context.folder.identity.empty(), "a text folder that was not loaded");
  const Pooling& pooling = context.pooling;
  const Json key = {{"program", cache.program},
                    {"text_folder", context.folder.identity},
                    {"strings", enum_name(context.strings)},
                    {"pooling", enum_name(pooling.rule)},
                    {"pad_id", pooling.pad_id},
                    {"causal", pooling.causal},
                    {"lengths", {pooling.lengths.bound, pooling.lengths.each_length}},
                    {"max_length", context.length.max_length},
                    {"over_length", enum_name(context.length.over_length)},
                    {"special_text", enum_name(context.data.special_text)},
                    {"format", format_name(options.format)},
                    {"text", enum_name(options.text)},
                    {"fields", json_of(options.rows.map)},
                    {"filter", options.rows.filter ? Json(*options.rows.filter) : Json()},
                    {"attributes", options.attributes},
                    {"separator", options.separator},
                    {"slices", options.slices},
                    {"covariates", options.rows.covariates},
                    {"expand", enum_name(options.expand)},
                    {"rows_per_group", options.rows_per_group},
                    {"most", file.most ? Json(*file.most) : Json()},
                    {"rule", file.rule ? Json(enum_name(*file.rule)) : Json()},
                    {"path", file.path},
                    {"sha256", sha256}};
  return key.dump();
}

fs::path token_cache_path(const TokenCache& cache, const std::string& key) {
  return cache.folder / str(sha256(key), kEnd);
}

void remove_unused(const TokenCache& cache) {
  std::error_code none;
  const auto now = fs::file_time_type::clock::now();
  for (const auto& entry : fs::directory_iterator(cache.folder, none)) {
    const std::string name = entry.path().filename();
    if (!is_cache_file(name)) continue;
    const bool finished = name.find(kTemporary) == std::string::npos;
    const auto used = entry.last_write_time(none);
    if (!none && now - used > (finished ? kUnused : kUnfinished)) fs::remove(entry.path(), none);
  }
}

}  // namespace laurel
