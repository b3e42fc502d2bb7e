// Data files: folders and patterns become lists of files once, before anything is read.
#include "data/files/data_files.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <string_view>

#include "core/error.h"
#include "core/str.h"
#include "core/unicode.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

struct OtherKind {
  std::string_view ending, what, advice;
};

constexpr std::array<std::string_view, 3> kText = {".jsonl", ".ndjson", ".json"};
constexpr std::string_view kKnown = ".jsonl, .ndjson, .json (also with .gz or .zst), .parquet";

constexpr std::string_view kFromTable =
    "datasets.load_dataset(\"csv\", data_files=...)[\"train\"].to_json(\"rows.jsonl\") writes one";
constexpr std::string_view kFromArrow =
    "datasets.load_from_disk(FOLDER).to_parquet(\"rows.parquet\") writes one";
constexpr std::string_view kFromPickle =
    "pickle files can run code and are not read; pandas.read_pickle(FILE).to_json("
    "\"rows.jsonl\", orient=\"records\", lines=True) writes one";
constexpr std::string_view kUnpack = "unpack it first";
constexpr OtherKind kOtherKinds[] = {
    {".csv", "a CSV file", kFromTable},        {".csv.gz", "a CSV file", kFromTable},
    {".csv.zst", "a CSV file", kFromTable},    {".tsv", "a TSV file", kFromTable},
    {".pkl", "a pickle file", kFromPickle},    {".pickle", "a pickle file", kFromPickle},
    {".pt", "a pickle file", kFromPickle},     {".pth", "a pickle file", kFromPickle},
    {".xlsx", "a spreadsheet", kFromTable},    {".arrow", "an Arrow file", kFromArrow},
    {".feather", "an Arrow file", kFromArrow}, {".jsonl.xz", "an xz file", kUnpack},
    {".jsonl.bz2", "a bzip2 file", kUnpack},   {".zip", "a zip archive", kUnpack},
    {".tar", "a tar archive", kUnpack},        {".tar.gz", "a tar archive", kUnpack},
    {".tgz", "a tar archive", kUnpack},        {".tar.zst", "a tar archive", kUnpack}};

// Files about a data set that the Hub and `datasets` lay beside its data.
constexpr std::array<std::string_view, 3> kAboutData = {"dataset_infos.json", "dataset_info.json",
                                                        "state.json"};

const OtherKind* other_kind(const std::string& path) {
  const auto ends = [&](const OtherKind& kind) { return path.ends_with(kind.ending); };
  const auto* const found = std::ranges::find_if(kOtherKinds, ends);
  return found == std::end(kOtherKinds) ? nullptr : found;
}

bool is_data_name(const std::string& name) {
  if (std::ranges::find(kAboutData, name) != kAboutData.end()) return false;
  if (name.ends_with(".parquet")) return true;
  return std::ranges::any_of(kText, [&](std::string_view ending) {
    return name.ends_with(ending) || name.ends_with(str(ending, ".gz")) ||
           name.ends_with(str(ending, ".zst"));
  });
}

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::error_code failure;
  std::vector<fs::path> entries;
  for (const auto& entry : fs::directory_iterator(folder, failure)) entries.push_back(entry);
  if (!failure) return entries;
  throw Error{ErrorKind::data, str(folder, ": cannot be listed: ", failure.message())};
}

bool has_wildcard(const std::string& name) {
  return name.find_first_of("*?[") != std::string::npos;
}

// Files that the parts of a pattern from part `i` on match below `at`.
void match(const fs::path& at, const std::vector<std::string>& parts, size_t i,
           std::set<std::string>& found) {
  std::error_code ignored;
  if (i == parts.size()) {
    if (fs::exists(at, ignored) && !fs::is_directory(at, ignored)) found.insert(at.string());
    return;
  }
  const std::string& part = parts[i];
  const fs::path literal = at.empty() ? fs::path(part) : at / part;
  if (!has_wildcard(part) || fs::exists(literal, ignored)) {
    match(literal, parts, i + 1, found);
    return;
  }
  const fs::path folder = at.empty() ? "." : at;
  if (!fs::is_directory(folder, ignored)) return;
  const bool any_depth = part == "**";
  if (any_depth && i + 1 < parts.size()) match(at, parts, i + 1, found);
  for (const fs::path& entry : entries_of(folder)) {
    const std::string name = entry.filename();
    const fs::path path = at.empty() ? fs::path(name) : entry;
    if (any_depth) {
      if (is_hidden(entry)) continue;
      // Links to folders are not followed: they may lead back.
      const bool deeper = fs::is_directory(entry, ignored) && !fs::is_symlink(entry, ignored);
      if (deeper) match(path, parts, i, found);
      if (!deeper && i + 1 == parts.size()) match(path, parts, i + 1, found);
    } else if (::fnmatch(part.c_str(), name.c_str(), FNM_PERIOD) == 0) {
      match(path, parts, i + 1, found);
    }
  }
}

std::set<std::string> files_of_pattern(const std::string& pattern) {
  std::vector<std::string> parts;
  const fs::path path(pattern);
  for (const fs::path& part : path.relative_path()) {
    if (!part.empty()) parts.push_back(part.string());
  }
  std::set<std::string> found;
  match(path.root_path(), parts, 0, found);
  for (const std::string& file : found) {
    refuse_by_extension(file);
    if (is_data_name(fs::path(file).filename().string())) continue;
    throw Error{ErrorKind::data,
                str(pattern, ": found ", file, ", expected only files that end in ", kKnown,
                    "; make the pattern narrower, as in *.jsonl")};
  }
  if (!found.empty()) return found;
  throw Error{ErrorKind::data, str(pattern, ": found no file that matches, expected at least one")};
}

// `skipped` gets the names of files that are not data.
std::set<std::string> files_of_folder(const std::string& folder,
                                      std::vector<std::string>& skipped) {
  std::set<std::string> found;
  std::error_code ignored;
  for (const fs::path& entry : entries_of(folder)) {
    const std::string name = entry.filename();
    if (is_hidden(entry) || fs::is_directory(entry, ignored)) continue;
    refuse_by_extension(entry.string());
    if (is_data_name(name)) {
      found.insert(entry.string());
    } else {
      skipped.push_back(name);
    }
  }
  std::ranges::sort(skipped);
  if (!found.empty()) return found;
  throw Error{ErrorKind::data, str(folder, ": found a folder without files that end in ", kKnown,
                                   ", expected at least one; a pattern such as ",
                                   (fs::path(folder) / "**/*.parquet"), " reaches its subfolders")};
}

// The names stand in JSON: in what caches and runs record.
void refuse_not_utf8(const std::string& file) {
  if (is_utf8(file)) return;
  throw Error{ErrorKind::data,
              str(file, ": found a name that is not UTF-8, expected UTF-8; rename it")};
}

std::string note_of(const std::string& path, const std::set<std::string>& found,
                    const std::vector<std::string>& skipped) {
  std::string note = str(path, ": ", count_text(std::ssize(found), "file"), ": ",
                         join({found.begin(), found.end()}, ", "));
  if (!skipped.empty()) note += str("; not read: ", join(skipped, ", "));
  return note;
}

}  // namespace

void refuse_by_extension(const std::string& path) {
  const OtherKind* const kind = other_kind(path);
  if (!kind) return;
  throw Error{ErrorKind::data, str(path, ": found ", kind->what,
                                   ", expected JSONL, JSON or Parquet; ", kind->advice)};
}

DataFiles find_data_files(const std::vector<Path>& paths) {
  DataFiles all;
  std::set<std::string> seen;
  for (const Path& path : paths) {
    std::error_code ignored;
    const bool is_folder = fs::is_directory(path.value, ignored);
    if (!is_folder && (fs::exists(path.value, ignored) || !has_wildcard(path.value))) {
      all.files.push_back(path);
      seen.insert(path.value);
      continue;
    }
    std::vector<std::string> skipped;
    const std::set<std::string> found =
        is_folder ? files_of_folder(path.value, skipped) : files_of_pattern(path.value);
    for (const std::string& file : found) {
      refuse_not_utf8(file);
      if (!seen.insert(file).second) {
        throw Error{ErrorKind::data,
                    str(path.value, ": found ", file, " a second time, expected each file once")};
      }
      all.files.push_back({file});
    }
    all.notes.push_back(note_of(path.value, found, skipped));
  }
  return all;
}

}  // namespace laurel
