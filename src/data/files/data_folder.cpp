// Folders: what is in them is found once, before anything is read.
#include "data/files/data_folder.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>

#include "core/error.h"
#include "core/str.h"
#include "data/files/declared_splits.h"
#include "data/files/saved_dataset.h"
#include "data/files/split_names.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

struct OtherKind {
  std::string_view ending, what, advice;
};

constexpr std::array<std::string_view, 5> kText = {".jsonl", ".ndjson", ".json", ".csv", ".tsv"};
constexpr std::array<std::string_view, 3> kCompressed = {".gz", ".zst", ".xz"};
constexpr std::array<std::string_view, 3> kTables = {".parquet", ".arrow", ".feather"};

constexpr std::string_view kFromSheet =
    "pandas.read_excel(FILE).to_json(\"rows.jsonl\", orient=\"records\", lines=True) writes one";
constexpr std::string_view kFromPickle =
    "pickle files can run code and are not read; pandas.read_pickle(FILE).to_json("
    "\"rows.jsonl\", orient=\"records\", lines=True) writes one";
constexpr std::string_view kUnpack = "unpack it first";
constexpr OtherKind kOtherKinds[] = {
    {".pkl", "a pickle file", kFromPickle}, {".pickle", "a pickle file", kFromPickle},
    {".pt", "a pickle file", kFromPickle},  {".pth", "a pickle file", kFromPickle},
    {".xlsx", "a spreadsheet", kFromSheet}, {".bz2", "a bzip2 file", kUnpack},
    {".zip", "a zip archive", kUnpack},     {".tar", "a tar archive", kUnpack},
    {".tar.gz", "a tar archive", kUnpack},  {".tgz", "a tar archive", kUnpack},
    {".tar.zst", "a tar archive", kUnpack}, {".tar.xz", "a tar archive", kUnpack}};

// Files about a data set that the Hub and `datasets` lay beside its data.
constexpr std::array<std::string_view, 5> kAboutData = {
    "dataset_infos.json", "dataset_info.json", "dataset_dict.json", "state.json", "config.json"};

const OtherKind* other_kind(const std::string& path) {
  const auto ends = [&](const OtherKind& kind) { return path.ends_with(kind.ending); };
  const auto* const found = std::ranges::find_if(kOtherKinds, ends);
  return found == std::end(kOtherKinds) ? nullptr : found;
}

std::string_view without_compression(std::string_view name) {
  for (const std::string_view ending : kCompressed) {
    if (name.ends_with(ending)) name.remove_suffix(ending.size());
  }
  return name;
}

std::vector<std::string> strings_of(const std::vector<std::string>& names, const std::string& in) {
  std::vector<std::string> paths;
  for (const std::string& name : names) paths.push_back((fs::path(in) / name).string());
  return paths;
}

// Data files below a folder, relative to it. As `datasets`, without hidden files and folders and without
// folders that begin with two underscores; links to folders are not followed: they may lead back.
void find_below(const std::string& folder, const std::string& at, FolderFiles& found) {
  const std::string here = at.empty() ? folder : (fs::path(folder) / at).string();
  for (const std::string& name : names_in(here)) {
    if (name.starts_with('.')) continue;
    const std::string below = at.empty() ? name : str(at, "/", name);
    const fs::path path = fs::path(here) / name;
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) {
      if (!name.starts_with("__") && !fs::is_symlink(path, ignored))
        find_below(folder, below, found);
    } else {
      (is_data_name(name) ? found.files : found.skipped).push_back(below);
    }
  }
}

std::string text_of(const FilesBySplit& found) {
  std::vector<std::string> splits;
  for (const auto& [split, files] : found.splits) {
    splits.push_back(str(split, " (", files.front(), files.size() > 1 ? ", ..." : "", ")"));
  }
  return join(splits, " and ");
}

[[noreturn]] void refuse_several_splits(const std::string& folder, const FilesBySplit& found) {
  throw Error{ErrorKind::data, str(folder, ": found files of several splits, ", text_of(found),
                                   ", expected those of one; set split to one of them, or name the "
                                   "files")};
}

// The same rows may lie there in several forms.
void refuse_several_kinds(const std::string& folder, const std::vector<std::string>& names) {
  std::map<std::string, std::string> kinds;
  for (const std::string& name : names) {
    kinds.emplace(fs::path(without_compression(name)).extension().string(), name);
  }
  if (kinds.size() < 2) return;
  throw Error{ErrorKind::data,
              str(folder, ": found files of several kinds, ", kinds.begin()->second, " and ",
                  kinds.rbegin()->second, ", expected one kind; name the files")};
}

// As pairs.jsonl and pairs.parquet, which may hold the same rows.
void refuse_several_forms(const std::string& folder, const std::vector<std::string>& names) {
  std::map<std::string, std::string> by_stem;
  for (const std::string& name : names) {
    const auto [other, is_new] = by_stem.try_emplace(without_data_ending(name), name);
    if (is_new) continue;
    throw Error{ErrorKind::data, str(folder, ": found ", other->second, " and ", name,
                                     ", which may be the same rows, expected one; name the files")};
  }
}

// A number after `mark` at `at`, which then lies behind it.
std::optional<int64_t> number_at(std::string_view text, std::string_view mark, size_t& at) {
  if (text.substr(at, mark.size()) != mark) return std::nullopt;
  at += mark.size();
  const size_t begin = at;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
  if (at == begin || at - begin > 9) return std::nullopt;
  return std::stoll(std::string(text.substr(begin, at - begin)));
}

// "train-00000-of-00003.parquet": all three are there. A download that was cut off lacks some.
void refuse_missing_shards(const std::string& folder, const std::vector<std::string>& names) {
  std::map<std::pair<std::string, int64_t>, std::set<int64_t>> shards;  // by name and their count
  for (const std::string& name : names) {
    const size_t of = name.find("-of-");
    const size_t begin = of == name.npos ? of : name.rfind('-', of - 1);
    if (begin == name.npos) continue;
    size_t at = begin;
    const auto shard = number_at(name, "-", at);
    const auto count = shard ? number_at(name, "-of-", at) : std::nullopt;
    if (count) shards[{name.substr(0, begin), *count}].insert(*shard);
  }
  for (const auto& [key, found] : shards) {
    if (std::ssize(found) >= key.second) continue;
    throw Error{ErrorKind::data,
                str(folder, ": found ", found.size(), " of the ", key.second, " files ", key.first,
                    "-*-of-*, expected all: was a download cut off? Name the files to read these "
                    "alone")};
  }
}

FolderFiles files_of_split(const std::string& folder, const std::optional<std::string>& split) {
  FolderFiles all;
  find_below(folder, "", all);
  if (all.files.empty()) return {.files = {}, .skipped = all.skipped};
  const std::vector<DeclaredSplit> declared = declared_splits(folder, all.files);
  FilesBySplit found = files_by_split(all.files);
  if (found.splits.empty() && split == "train") found.splits["train"].swap(found.others);
  if (!split && found.splits.size() > 1) refuse_several_splits(folder, found);
  const auto own = split ? found.splits.find(*split) : found.splits.begin();
  const bool is_there = own != found.splits.end();
  refuse_other_splits(folder, declared, is_there ? own->second : std::vector<std::string>{}, split);
  if (split && !is_there) {
    throw Error{ErrorKind::data,
                str(folder, ": found ",
                    found.splits.empty() ? str("no names of splits (", all.files.front(), ")")
                                         : str("the splits ", text_of(found)),
                    ", expected files of \"", *split, "\"")};
  }
  if (!is_there) return {.files = {}, .skipped = all.skipped};
  const auto& [chosen, names] = *own;
  refuse_several_kinds(folder, names);
  refuse_missing_shards(folder, names);
  FolderFiles files{.files = strings_of(names, folder), .skipped = all.skipped};
  for (const auto& [other, of] : found.splits) {
    if (other != chosen) files.skipped.insert(files.skipped.end(), of.begin(), of.end());
  }
  files.skipped.insert(files.skipped.end(), found.others.begin(), found.others.end());
  std::ranges::sort(files.skipped);
  return files;
}

}  // namespace

bool is_data_name(const std::string& name) {
  if (std::ranges::find(kAboutData, name) != kAboutData.end()) return false;
  const auto ends = [](std::string_view text) {
    return [text](std::string_view ending) { return text.ends_with(ending); };
  };
  return std::ranges::any_of(kTables, ends(name)) ||
         std::ranges::any_of(kText, ends(without_compression(name)));
}

std::string without_data_ending(const std::string& name) {
  std::string_view stem = without_compression(name);
  for (const auto endings :
       {std::span<const std::string_view>(kText), std::span<const std::string_view>(kTables)}) {
    for (const std::string_view ending : endings) {
      if (stem.ends_with(ending)) return std::string(stem.substr(0, stem.size() - ending.size()));
    }
  }
  return std::string(stem);
}

void refuse_by_extension(const std::string& path) {
  const OtherKind* const kind = other_kind(path);
  if (!kind) return;
  throw Error{ErrorKind::data,
              str(path, ": found ", kind->what, ", expected ", kReadKinds, "; ", kind->advice)};
}

std::vector<std::string> names_in(const std::string& folder) {
  std::error_code failure;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder, failure)) {
    names.push_back(entry.path().filename());
  }
  if (failure) {
    throw Error{ErrorKind::data, str(folder, ": cannot be listed: ", failure.message())};
  }
  std::ranges::sort(names);
  return names;
}

FolderFiles files_of_folder(const std::string& folder, const std::optional<std::string>& split) {
  if (is_saved_dataset(folder))
    return {.files = files_of_saved_dataset(folder, split), .skipped = {}};
  FolderFiles found;
  std::vector<std::string> names;
  for (const std::string& name : names_in(folder)) {
    std::error_code ignored;
    const fs::path path = fs::path(folder) / name;
    if (name.starts_with('.') || fs::is_directory(path, ignored)) continue;
    if (!split) refuse_by_extension(path.string());
    (is_data_name(name) ? names : found.skipped).push_back(name);
  }
  if (split || names.empty()) found = files_of_split(folder, split);
  if (!split && !names.empty()) {
    const std::vector<DeclaredSplit> declared = declared_splits(folder, names);
    const FilesBySplit by = files_by_split(names);
    if (by.splits.size() > 1) refuse_several_splits(folder, by);
    refuse_other_splits(folder, declared, names, split);
    refuse_several_forms(folder, names);
    refuse_missing_shards(folder, names);
    found.files = strings_of(names, folder);
  }
  if (!found.files.empty()) return found;
  throw Error{ErrorKind::data,
              str(folder, ": found a folder without files that end in ", kDataNames,
                  ", expected at least one; a pattern such as ",
                  (fs::path(folder) / "**/*.parquet").string(), " reaches its subfolders")};
}

}  // namespace laurel
