// Loads a source file by file. A file is stored once it is complete, so that a run that is killed
// loses the file at hand only.
#include "data/sources/source_rows.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/str.h"
#include "data/sources/field_notes.h"
#include "data/sources/row_file.h"
#include "data/sources/row_loader.h"
#include "data/sources/row_remarks.h"
#include "data/sources/token_cache.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

constexpr size_t kWrittenAtOnce = size_t{1} << 20;
constexpr uint64_t kSmall = uint64_t{64} << 20;  // a file of rows that is checked whole at once

int64_t total_bytes(const std::vector<Path>& files) {
  int64_t bytes = 0;
  for (const Path& file : files) {
    std::error_code none;  // a pipe has no size
    const auto size = fs::file_size(file.value, none);
    if (!none) bytes += static_cast<int64_t>(size);
  }
  return bytes;
}

RowLimits limits_of(const SourceOptions& options, const LoadContext& context) {
  return {.label_kind = label_kind(options.format),
          .attributes = std::max<size_t>(options.attributes.size(), 1),
          .slices = options.slices.size(),
          .covariates = options.rows.covariates.size(),
          .vocabulary = context.folder.tokenizer.vocabulary_size(),
          .max_length = context.length.max_length};
}

// Collects small writes.
class Buffered {
 public:
  explicit Buffered(RowFileWriter::Sink sink) : sink_(std::move(sink)) {}

  void write(std::string_view bytes) {
    buffer_ += bytes;
    if (buffer_.size() >= kWrittenAtOnce) flush();
  }
  void flush() {
    sink_(buffer_);
    buffer_.clear();
  }

 private:
  RowFileWriter::Sink sink_;
  std::string buffer_;
};

struct LoadedFile {
  std::shared_ptr<const RowFile> rows;
  FileFacts facts;
};

class SourceLoader {
 public:
  SourceLoader(const SourceOptions& options, const LoadContext& context)
      : options_(options), context_(context), limits_(limits_of(options, context)) {}

  SourceRows load() {
    rows_.train = load_part(options_.train, 0, "train");
    rows_.eval = load_part(options_.eval, options_.train.size(), "eval");
    const RowSchema schema = schema_of(options_);
    check_keys(needed_keys(schema), rows_.facts, options_.name);
    add_notes(rows_.facts, options_, context_, ignored_, rows_.notes);
    for (const std::string& note : notes_of_fields(schema)) rows_.notes.push_back(named(note));
    add_warnings(rows_.facts, options_, rows_.warnings);
    const TextRule rule = rows_.facts.rule.value_or(TextRule::plain);
    tell_findings(rows_.facts.guards, guard_context(options_, rule, context_), options_.name,
                  rows_.warnings, rows_.found);
    add_cache_notes();
    return std::move(rows_);
  }

 private:
  TokenizedFiles load_part(const std::vector<Path>& files, size_t first_file, const char* part);
  LoadedFile load_file(const DataFile& file);
  std::optional<LoadedFile> stored(const fs::path& path, const std::string& key) const;
  std::optional<LoadedFile> load_and_store(const DataFile& file, const fs::path& path,
                                           const std::string& key);
  FileFacts tokenise(const DataFile& file, const std::string& key, const RowFileWriter::Sink& sink);
  bool may_be_used(const FileFacts& facts) const;
  void add_cache_notes();
  std::string named(const std::string& text) const {
    return str("source ", options_.name, ": ", text);
  }

  const SourceOptions& options_;
  const LoadContext& context_;
  RowLimits limits_;
  SourceRows rows_;
  std::function<void(int64_t, int64_t)> progress_;  // of the file at hand
  std::vector<IgnoredFields> ignored_;
  std::vector<std::string> cache_notes_;
  int64_t cached_rows_ = 0;
  std::vector<fs::path> cached_;  // files of the cache that were used
  bool stores_ = true;            // until the cache cannot be written
};

TokenizedFiles SourceLoader::load_part(const std::vector<Path>& files, size_t first_file,
                                       const char* part) {
  TokenizedFiles loaded;
  LengthTally lengths;
  RowCount left = options_.limit;
  const auto bytes = static_cast<double>(std::max<int64_t>(1, total_bytes(files)));
  int64_t bytes_before = 0;
  for (size_t i = 0; i < files.size() && left != 0; ++i) {
    const DataFile file{.path = files[i].value, .most = left, .rule = rows_.facts.rule};
    progress_ = [&, rows_before = rows_.facts.rows](int64_t rows, int64_t file_bytes) {
      const double done = static_cast<double>(bytes_before + file_bytes) / bytes;
      if (context_.progress) context_.progress(options_, rows_before + rows, std::min(1.0, done));
    };
    LoadedFile found = load_file(file);
    rows_.facts.add(found.facts);
    check_one_kind(rows_.facts, options_, context_);
    lengths.add(found.facts.lengths);
    if (!found.facts.ignored.empty()) {
      ignored_.push_back({file.path, found.facts.ignored});
    }
    if (left) *left -= found.facts.rows;
    loaded.files.push_back({std::move(found.rows), first_file + i});
    loaded.annotators.push_back(std::move(found.facts.annotators));
    loaded.slices.push_back(std::move(found.facts.slice_values));
    std::error_code none;
    const auto size = fs::file_size(file.path, none);
    if (!none) bytes_before += static_cast<int64_t>(size);
  }
  const std::string rows = str("source ", options_.name, ", ", part);
  if (const std::string note = lengths.note(); !note.empty()) {
    rows_.found.push_back(str(rows, ": ", note));
  }
  std::string warning = lengths.warning(rows, context_.length);
  if (!warning.empty()) rows_.warnings.push_back(std::move(warning));
  return loaded;
}

LoadedFile SourceLoader::load_file(const DataFile& file) {
  std::optional<std::string> sha256;
  if (context_.cache) sha256 = sha256_of_data(*context_.cache, file.path);
  if (sha256) {
    rows_.sha256[file.path] = *sha256;
    const std::string key = token_cache_key(*context_.cache, options_, context_, file, *sha256);
    const fs::path path = token_cache_path(*context_.cache, key);
    if (auto found = stored(path, key)) {
      cached_.push_back(path);
      cached_rows_ += found->facts.rows;
      return std::move(*found);
    }
    if (stores_) {
      if (auto made = load_and_store(file, path, key)) return std::move(*made);
    }
  }
  UnnamedFile out;
  LoadedFile made;
  made.facts = tokenise(file, "", [&](std::string_view bytes) { out.write(bytes); });
  std::optional<RowFile> rows = RowFile::open(out.map(), file.path, "", std::nullopt);
  if (!rows) throw Error{ErrorKind::data, "a temporary file of tokenised rows cannot be read"};
  made.rows = std::make_shared<const RowFile>(std::move(*rows));
  return made;
}

// A large file is checked row by row as it is read, which costs no start of a run its seconds.
std::optional<LoadedFile> SourceLoader::stored(const fs::path& path, const std::string& key) const {
  std::optional<RowFile> rows = RowFile::open(map_file(path), path, key, limits_);
  if (!rows) return std::nullopt;
  const bool whole = context_.checks_cache || rows->bytes() <= kSmall;
  if (whole && !rows->is_sound()) return std::nullopt;
  std::optional<FileFacts> facts = facts_of(rows->facts());
  if (!facts || !may_be_used(*facts)) return std::nullopt;
  std::error_code ignored;
  fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);
  return LoadedFile{std::make_shared<const RowFile>(std::move(*rows)), std::move(*facts)};
}

// Where these have too many malformed rows, loading says so.
bool SourceLoader::may_be_used(const FileFacts& facts) const {
  const FileFacts& before = rows_.facts;
  const int64_t budget = context_.data.bad_rows;
  if (before.bad.count() + facts.bad.count() > budget) return false;
  if (facts.begins_badly && !before.any_good && budget < kAllBadRows) return false;
  return facts.slice_values.size() == options_.slices.size();
}

std::optional<LoadedFile> SourceLoader::load_and_store(const DataFile& file, const fs::path& path,
                                                       const std::string& key) {
  std::error_code ignored;
  const bool there = fs::exists(path, ignored);
  fs::create_directories(path.parent_path(), ignored);  // writing says what is wrong with it
  try {
    AtomicFile out(path);
    const FileFacts facts = tokenise(file, key, [&](std::string_view bytes) { out.write(bytes); });
    // What a writer changed meanwhile must not be kept under the hash of what it was.
    if (sha256_of_data(*context_.cache, file.path) != rows_.sha256[file.path]) {
      throw Error{ErrorKind::data, file_changed(file.path)};
    }
    out.finish();
    std::optional<RowFile> rows = RowFile::open(map_file(path), path, key, limits_);
    if (!rows) {
      throw Error{ErrorKind::checkpoint, str(path, ": is not what was written to it")};
    }
    if (there) {
      cache_notes_.push_back(
          named(str("found a damaged file in the token cache, replaced: ", path)));
    }
    return LoadedFile{std::make_shared<const RowFile>(std::move(*rows)), facts};
  } catch (const Error& error) {
    if (error.kind != ErrorKind::checkpoint) throw;
    stores_ = false;
    cache_notes_.push_back(named(str("the token cache is not written: ", error.message,
                                     " (set data.cache_folder, or data.cache to false)")));
    return std::nullopt;
  }
}

FileFacts SourceLoader::tokenise(const DataFile& file, const std::string& key,
                                 const RowFileWriter::Sink& sink) {
  Buffered out(sink);
  RowFileWriter writer([&](std::string_view bytes) { out.write(bytes); }, options_.slices.size());
  FileFacts facts =
      RowLoader(options_, context_, rows_.facts, progress_).load(file.path, file.most, writer);
  writer.finish(key, bytes_of(facts));
  out.flush();
  return facts;
}

void SourceLoader::add_cache_notes() {
  const size_t files = rows_.train.files.size() + rows_.eval.files.size();
  if (!cached_.empty()) {
    const bool one = files == 1;
    rows_.notes.push_back(
        named(str(count_text(cached_rows_, "row"),
                  one ? "" : str(" of ", cached_.size(), " of ", files, " files"),
                  " from the token cache ", one ? cached_[0] : context_.cache->folder)));
  }
  for (std::string& note : cache_notes_) rows_.notes.push_back(std::move(note));
  if (context_.cache && cached_.size() < files) remove_unused(*context_.cache);
}

}  // namespace

SourceRows load_rows(const SourceOptions& options, const LoadContext& context) {
  return SourceLoader(options, context).load();
}

}  // namespace laurel
