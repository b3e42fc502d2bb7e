// Data files: folders and patterns become lists of files once, before anything is read.
#include "data/files/data_files.h"

#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "core/error.h"
#include "core/str.h"
#include "core/unicode.h"
#include "data/files/data_folder.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  for (const std::string& name : names_in(folder)) entries.push_back(folder / name);
  return entries;
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

FolderFiles files_of_pattern(const std::string& pattern) {
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
                str(pattern, ": found ", file, ", expected only files that end in ", kDataNames,
                    "; make the pattern narrower, as in *.jsonl")};
  }
  if (!found.empty()) return {.files = {found.begin(), found.end()}, .skipped = {}};
  throw Error{ErrorKind::data, str(pattern, ": found no file that matches, expected at least one")};
}

// The names stand in JSON: in what caches and runs record.
void refuse_not_utf8(const std::string& file) {
  if (is_utf8(file)) return;
  throw Error{ErrorKind::data,
              str(file, ": found a name that is not UTF-8, expected UTF-8; rename it")};
}

[[noreturn]] void refuse_split_of_file(const std::string& path, const std::string& split) {
  throw Error{ErrorKind::data,
              str(path, ": found no folder, expected one whose files of the split \"", split,
                  "\" are to be found; leave split out where files are named")};
}

std::string note_of(const std::string& path, const FolderFiles& found) {
  std::string note =
      str(path, ": ", count_text(std::ssize(found.files), "file"), ": ", join(found.files, ", "));
  if (!found.skipped.empty()) note += str("; not read: ", join(found.skipped, ", "));
  return note;
}

void add_once(const std::string& file, const std::string& path, std::set<std::string>& seen) {
  if (seen.insert(file).second) return;
  throw Error{ErrorKind::data, str(path, ": found ", path == file ? "it" : file,
                                   " a second time, expected each file once")};
}

}  // namespace

DataFiles find_data_files(const std::vector<Path>& paths, const std::optional<std::string>& split) {
  DataFiles all;
  std::set<std::string> seen;
  for (const Path& path : paths) {
    std::error_code ignored;
    const bool is_folder = fs::is_directory(path.value, ignored);
    if (!is_folder && (fs::exists(path.value, ignored) || !has_wildcard(path.value))) {
      if (split) refuse_split_of_file(path.value, *split);
      add_once(path.value, path.value, seen);
      all.files.push_back(path);
      continue;
    }
    if (split && !is_folder) refuse_split_of_file(path.value, *split);
    const FolderFiles found =
        is_folder ? files_of_folder(path.value, split) : files_of_pattern(path.value);
    for (const std::string& file : found.files) {
      refuse_not_utf8(file);
      add_once(file, path.value, seen);
      all.files.push_back({file});
    }
    all.notes.push_back(note_of(path.value, found));
  }
  return all;
}

}  // namespace laurel
