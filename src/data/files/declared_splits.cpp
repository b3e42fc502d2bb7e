// Names of files are held against the paths and patterns of a README.md.
#include "data/files/declared_splits.h"

#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "core/error.h"
#include "core/str.h"
#include "data/files/dataset_card.h"
#include "data/files/split_names.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;
using Parts = std::vector<std::string>;
using Owners = std::map<std::string, Configuration>;

// `**` twice says no more than once, and would take long.
Parts parts_of(const std::string& path) {
  Parts parts;
  for (const fs::path& part : fs::path(path)) {
    const std::string text = part.string();
    if (text != "**" || parts.empty() || parts.back() != text) parts.push_back(text);
  }
  return parts;
}

bool match(const Parts& pattern, size_t i, const Parts& name, size_t j) {
  if (i == pattern.size()) return j == name.size();
  if (pattern[i] == "**") {
    for (size_t k = j; k <= name.size(); ++k) {
      if (match(pattern, i + 1, name, k)) return true;
    }
    return false;
  }
  return j < name.size() && ::fnmatch(pattern[i].c_str(), name[j].c_str(), 0) == 0 &&
         match(pattern, i + 1, name, j + 1);
}

std::set<std::string> names_of(const std::string& path, const std::vector<std::string>& names) {
  const Parts pattern = parts_of(path);
  std::set<std::string> found;
  for (const std::string& name : names) {
    if (path == name || match(pattern, 0, parts_of(name), 0)) found.insert(name);
  }
  return found;
}

bool has_any(const Configuration& configuration, const std::vector<std::string>& names) {
  return configuration.files.empty() ||
         std::ranges::any_of(configuration.files, [&](const DeclaredPath& file) {
           return !names_of(file.path, names).empty();
         });
}

// What may be given instead of the folder: a path of a configuration, as the README.md has it, or where
// none stands for a file, a file.
std::string example_of(const Owners& owners, const std::vector<std::string>& names) {
  for (const auto& [name, configuration] : owners) {
    for (const DeclaredPath& file : configuration.files) {
      if (!names_of(file.path, names).empty()) return file.path;
    }
  }
  return names.front();
}

[[noreturn]] void refuse_several_configurations(const std::string& folder, const Owners& owners,
                                                const std::vector<std::string>& names) {
  std::vector<std::string> listed;
  for (const auto& [name, configuration] : owners) listed.push_back(name);
  throw Error{ErrorKind::data,
              str(folder, ": found several configurations in its README.md, ", join(listed, ", "),
                  ", expected the files of one; name them, as in ",
                  fs::path(folder) / example_of(owners, names))};
}

// A split by its name or, where none has it, those with a word for it: `datasets` finds test_sft.jsonl
// to be of "test".
std::vector<DeclaredSplit> declared_as(const std::vector<DeclaredSplit>& declared,
                                       const std::string& split) {
  std::vector<DeclaredSplit> named, alike;
  for (const DeclaredSplit& of : declared) {
    if (of.split == split) named.push_back(of);
    if (splits_in(of.split) == std::set<std::string>{split}) alike.push_back(of);
  }
  return named.empty() ? alike : named;
}

bool agree(const std::vector<DeclaredSplit>& declared, const std::set<std::string>& read,
           const std::optional<std::string>& split) {
  const auto is_read = [&](const DeclaredSplit& of) {
    return std::ranges::any_of(of.names,
                               [&](const std::string& name) { return read.contains(name); });
  };
  const auto splits_read = std::ranges::count_if(declared, is_read);
  if (!split) return splits_read <= 1;
  const std::vector<DeclaredSplit> own = declared_as(declared, *split);
  if (own.empty()) return splits_read == 0;
  // Where the names know no such split and the README.md has it under another name, that is said
  // by who looks for it.
  if (read.empty() && own.front().split != *split) return true;
  return own.size() == 1 && own.front().names == read;
}

}  // namespace

std::vector<DeclaredSplit> declared_splits(const std::string& folder,
                                           const std::vector<std::string>& names) {
  Owners owners;
  for (const Configuration& configuration : configurations_of(folder)) {
    if (has_any(configuration, names)) owners.emplace(configuration.name, configuration);
  }
  if (owners.size() > 1) refuse_several_configurations(folder, owners, names);
  if (owners.empty()) return {};
  std::vector<DeclaredSplit> splits;
  for (const DeclaredPath& file : owners.begin()->second.files) {
    std::set<std::string> found = names_of(file.path, names);
    if (file.split.empty() || found.empty()) continue;
    const auto same = std::ranges::find(splits, file.split, &DeclaredSplit::split);
    if (same == splits.end()) {
      splits.push_back({file.split, file.path, std::move(found)});
    } else {
      same->names.merge(found);
    }
  }
  return splits;
}

void refuse_other_splits(const std::string& folder, const std::vector<DeclaredSplit>& declared,
                         const std::vector<std::string>& read,
                         const std::optional<std::string>& split) {
  const std::set<std::string> files(read.begin(), read.end());
  if (declared.empty() || agree(declared, files, split)) return;
  std::vector<std::string> listed;
  for (const DeclaredSplit& of : declared) listed.push_back(str(of.split, " (", of.path, ")"));
  const std::vector<DeclaredSplit> own = declared_as(declared, split.value_or("train"));
  const std::string example = own.empty() ? declared.front().path : own.front().path;
  throw Error{
      ErrorKind::data,
      str(folder, ": found ", declared.size() > 1 ? "the splits " : "the split ",
          join(listed, " and "), " in its README.md, but ",
          files.empty() ? "no file" : *files.begin(), files.size() > 1 ? ", ..." : "",
          split ? str(" as \"", *split, "\"") : " as one", " by the names of the files, expected ",
          "the same of both; a README.md is not followed: name the files, as in ",
          fs::path(folder) / example)};
}

}  // namespace laurel
