// The words and patterns are those of datasets/data_files.py.
#include "data/files/split_names.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

#include "core/error.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

struct Word {
  std::string_view word, split;
};

constexpr std::array<Word, 10> kWords = {{{"train", "train"},
                                          {"training", "train"},
                                          {"validation", "validation"},
                                          {"valid", "validation"},
                                          {"dev", "validation"},
                                          {"val", "validation"},
                                          {"test", "test"},
                                          {"testing", "test"},
                                          {"eval", "test"},
                                          {"evaluation", "test"}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool parts_words(char c) {
  return is_digit(c) || std::string_view("-._ ").find(c) != std::string_view::npos;
}

// Whether a word stands in a name, between its ends and what parts words.
bool has_word(std::string_view name, std::string_view word) {
  for (size_t at = name.find(word); at != std::string_view::npos; at = name.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || parts_words(name[at - 1])) && (end == name.size() || parts_words(name[end]))) {
      return true;
    }
  }
  return false;
}

// The split of data/SPLIT-00000-of-00001.parquet.
std::optional<std::string> sharded_split(const std::string& name) {
  constexpr std::string_view kFolder = "data/", kForm = "-#####-of-#####";
  if (!name.starts_with(kFolder)) return std::nullopt;
  const std::string_view file = std::string_view(name).substr(kFolder.size());
  if (file.find('/') != std::string_view::npos) return std::nullopt;
  for (size_t at = 1; at + kForm.size() < file.size(); ++at) {
    const std::string_view part = file.substr(at, kForm.size());
    const bool fits = std::ranges::equal(
        part, kForm, [](char c, char form) { return form == '#' ? is_digit(c) : c == form; });
    const bool has_ending = file.find('.', at + kForm.size()) != std::string_view::npos;
    if (fits && has_ending) return std::string(file.substr(0, at));
  }
  return std::nullopt;
}

std::optional<std::string> only_split(const std::set<std::string>& found, const std::string& name) {
  if (found.empty()) return std::nullopt;
  if (found.size() == 1) return *found.begin();
  throw Error{ErrorKind::data,
              str(name, ": found words for ", *found.begin(), " and ", *found.rbegin(),
                  " in its name, expected those of one split; give the files by their names")};
}

std::optional<std::string> folder_split(const std::string& name) {
  std::set<std::string> found;
  for (const fs::path& part : fs::path(name).parent_path()) {
    found.merge(splits_in(part.string()));
  }
  return only_split(found, name);
}

std::optional<std::string> file_split(const std::string& name) {
  return only_split(splits_in(fs::path(name).filename().string()), name);
}

}  // namespace

std::set<std::string> splits_in(std::string_view name) {
  std::set<std::string> found;
  for (const auto& [word, split] : kWords) {
    if (has_word(name, word)) found.emplace(split);
  }
  return found;
}

FilesBySplit files_by_split(const std::vector<std::string>& names) {
  for (const auto rule : {sharded_split, folder_split, file_split}) {
    FilesBySplit files;
    for (const std::string& name : names) {
      const std::optional<std::string> split = rule(name);
      (split ? files.splits[*split] : files.others).push_back(name);
    }
    if (files.splits.empty()) continue;
    for (auto& [split, of] : files.splits) std::ranges::sort(of);
    std::ranges::sort(files.others);
    return files;
  }
  return {.splits = {}, .others = names};
}

}  // namespace laurel
