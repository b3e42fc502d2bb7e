// Names of files are held against the paths and patterns of a README.md.
#include "data/files/declared_splits.h"

#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include "core/error.h"
#include "core/str.h"
#include "data/files/dataset_card.h"
#include "data/files/split_names.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;
using Parts = std::vector<std::string>;

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

struct Owner {
  Configuration configuration;
  std::set<std::string> names;  // of its files; none where these are not known
};

// The least is the one that `datasets` takes where none is named.
int rank_of(const Owner& owner) {
  if (owner.configuration.is_default) return 0;
  return owner.configuration.name == "default" ? 1 : 2;
}

// The configurations that may have some of the files, in the order of the README.md. Of those with the
// same files one: whichever is meant, the same rows are read.
std::vector<Owner> owners_of(const std::string& folder, const std::vector<std::string>& names) {
  std::vector<Owner> owners;
  for (const Configuration& configuration : configurations_of(folder)) {
    Owner owner{.configuration = configuration, .names = {}};
    for (const DeclaredPath& file : configuration.files) {
      owner.names.merge(names_of(file.path, names));
    }
    if (owner.names.empty() && !configuration.files.empty()) continue;
    const auto same = std::ranges::find_if(owners, [&](const Owner& other) {
      return other.configuration.name == configuration.name ||
             (!owner.names.empty() && other.names == owner.names);
    });
    if (same == owners.end()) {
      owners.push_back(std::move(owner));
    } else if (rank_of(owner) < rank_of(*same)) {
      *same = std::move(owner);
    }
  }
  return owners;
}

bool is_of_train(const std::string& split) {
  return split.empty() || splits_in(split) == std::set<std::string>{"train"};
}

// The path for training that stands for most files, else that of another split; none where no path
// stands for a file.
std::optional<std::string> widest_path(const Configuration& configuration,
                                       const std::vector<std::string>& names) {
  std::optional<std::string> widest;
  std::pair<bool, size_t> most = {false, 0};
  for (const DeclaredPath& file : configuration.files) {
    const size_t count = names_of(file.path, names).size();
    const std::pair<bool, size_t> here = {count > 0 && is_of_train(file.split), count};
    if (here <= most) continue;
    most = here;
    widest = file.path;
  }
  return widest;
}

// What may be given instead of the folder: a path of a configuration, as the README.md has it, or where
// none stands for a file, a file.
std::string example_of(std::vector<Owner> owners, const std::vector<std::string>& names) {
  std::ranges::stable_sort(owners, {}, rank_of);
  for (const Owner& owner : owners) {
    if (const auto path = widest_path(owner.configuration, names)) return *path;
  }
  return names.front();
}

[[noreturn]] void refuse_several_configurations(const std::string& folder,
                                                const std::vector<Owner>& owners,
                                                const std::vector<std::string>& names) {
  std::vector<std::string> listed;
  for (const Owner& owner : owners) listed.push_back(owner.configuration.name);
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

// Where they do not agree, a file that is read and declared otherwise, or is not read but declared so.
std::string differing(const std::vector<DeclaredSplit>& declared, const std::set<std::string>& read,
                      const std::optional<std::string>& split) {
  const std::vector<DeclaredSplit> own = declared_as(declared, split.value_or("train"));
  std::set<std::string> expected;
  if (!own.empty()) {
    expected = own.front().names;
  } else if (!split) {
    expected = declared.front().names;
  }
  std::vector<std::string> others;
  std::ranges::set_difference(read, expected, std::back_inserter(others));
  for (const DeclaredSplit& of :
       declared) {  // one of another split says more than an undeclared one
    const auto has = [&](const std::string& name) { return of.names.contains(name); };
    const auto other = std::ranges::find_if(others, has);
    if (other != others.end()) return *other;
  }
  if (!split) return *read.begin();  // a file of two splits
  if (!others.empty()) return others.front();
  for (const DeclaredSplit& of : own) {
    const auto is_missing = [&](const std::string& name) { return !read.contains(name); };
    const auto missing = std::ranges::find_if(of.names, is_missing);
    if (missing != of.names.end()) return *missing;
  }
  return *read.begin();  // of two splits, whose files are the same
}

}  // namespace

std::vector<DeclaredSplit> declared_splits(const std::string& folder,
                                           const std::vector<std::string>& names) {
  const std::vector<Owner> owners = owners_of(folder, names);
  if (owners.size() > 1) refuse_several_configurations(folder, owners, names);
  if (owners.empty()) return {};
  std::vector<DeclaredSplit> splits;
  for (const DeclaredPath& file : owners.front().configuration.files) {
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
  const std::string file = differing(declared, files, split);
  const std::string as =
      split ? str(files.contains(file) ? "" : "not ", "as \"", *split, "\"") : "with others as one";
  throw Error{ErrorKind::data,
              str(folder, ": found ", declared.size() > 1 ? "the splits " : "the split ",
                  join(listed, " and "), " in its README.md, but ", file, " ", as,
                  " by the names of the files, expected the same of both; a README.md is not "
                  "followed: name the files, as in ",
                  fs::path(folder) / example)};
}

}  // namespace laurel
