// Only as much YAML is read as such files have: keys and items in lines of their own.
#include "data/files/dataset_card.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>

namespace laurel {

namespace {

namespace fs = std::filesystem;

constexpr size_t kMostBytes = size_t{4} << 20;  // of what stands before the text
constexpr size_t kMostOfPath = 1000;

struct Line {
  size_t indent = 0, inner = 0;  // of the line; of what follows the dash of an item
  bool is_item = false;
  std::string key = {}, value = {};
};

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

std::string_view without_comment(std::string_view text) {
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '#' && (i == 0 || text[i - 1] == ' ')) {
      return trimmed(text.substr(0, i));
    }
  }
  return text;
}

// A plain or quoted text; none for what is written otherwise.
std::optional<std::string> text_of(std::string_view value) {
  constexpr std::string_view kOther = "[]{}&*!|>%@`,";
  if (value.empty() || value.size() > kMostOfPath) return std::nullopt;
  if (value[0] == '"' || value[0] == '\'') {
    const bool closes = value.size() > 1 && value.find(value[0], 1) == value.size() - 1;
    if (!closes || value.find('\\') != std::string_view::npos) return std::nullopt;
    return std::string(value.substr(1, value.size() - 2));
  }
  if (kOther.find(value[0]) != std::string_view::npos) return std::nullopt;
  return std::string(value);
}

// One text, or a list of them in one line; empty for what is written otherwise.
std::vector<std::string> texts_of(std::string_view value) {
  const bool is_list = value.starts_with('[') && value.ends_with(']');
  if (is_list) value = value.substr(1, value.size() - 2);
  std::vector<std::string> texts;
  for (;;) {
    const size_t comma = is_list ? value.find(',') : std::string_view::npos;
    const std::optional<std::string> text = text_of(trimmed(value.substr(0, comma)));
    if (!text) return {};
    texts.push_back(*text);
    if (comma == std::string_view::npos) return texts;
    value.remove_prefix(comma + 1);
  }
}

// None for a line that says nothing.
std::optional<Line> line_of(std::string_view text) {
  Line line;
  line.indent = line.inner = std::min(text.find_first_not_of(' '), text.size());
  text = without_comment(trimmed(text));
  if (text.empty()) return std::nullopt;
  if (text == "-" || text.starts_with("- ")) {
    line.is_item = true;
    const size_t inner = text == "-" ? 2 : text.find_first_not_of(' ', 1);
    line.inner += inner;
    text.remove_prefix(std::min(inner, text.size()));
  }
  const bool is_quoted = text.starts_with('"') || text.starts_with('\'');
  const size_t key_end = is_quoted ? text.find(text[0], 1) : 0;
  size_t colon = text.find(": ", std::min(key_end, text.size()));
  if (colon == std::string_view::npos && text.ends_with(':')) colon = text.size() - 1;
  const bool has_key = colon != std::string_view::npos && (!is_quoted || colon == key_end + 1);
  const auto key = has_key ? text_of(text.substr(0, colon)) : std::nullopt;
  if (key) line.key = *key;
  line.value = key ? trimmed(text.substr(colon + 1)) : text;
  return line;
}

// Whether a path is one that fnmatch, part by part, reads as `datasets` does: without braces, and with
// `**` alone between slashes.
bool is_readable(const std::string& path) {
  return path.find('{') == std::string::npos &&
         std::ranges::none_of(fs::path(path), [](const fs::path& part) {
           return part != "**" && part.string().find("**") != std::string::npos;
         });
}

// Takes the lines of a README.md's front matter.
class CardReader {
 public:
  void take(const Line& line);
  std::vector<Configuration> configurations() const;

 private:
  void take_member(const Line& line);
  void take_files(const Line& line);
  void add(const std::string& value);

  // Of `configs`, and of `dataset_info`, which names configurations but not their files.
  std::vector<Configuration> named_, described_;
  std::vector<Configuration>* part_ = nullptr;  // what the lines are of
  std::optional<size_t> item_indent_;           // of a configuration's dash
  size_t member_indent_ = 0;
  // Inside data_files: a list of files, of "split" and "path", or files by their splits.
  bool in_files_ = false, entries_are_items_ = false;
  std::optional<size_t> entry_indent_;
  size_t entry_ = 0;  // where the entry's files begin
  std::string split_;
};

void CardReader::take(const Line& line) {
  if (line.indent == 0 && !line.is_item) {
    part_ = line.key == "configs" ? &named_ : line.key == "dataset_info" ? &described_ : nullptr;
    item_indent_.reset();
    return;
  }
  if (part_ && !item_indent_ && !line.is_item) part_ = nullptr;  // one configuration, no list
  if (!part_) return;
  if (!item_indent_) item_indent_ = line.indent;
  const bool begins = line.is_item && line.indent == *item_indent_;
  if (begins) {
    part_->emplace_back();
    member_indent_ = line.inner;
  }
  if (begins || (!line.is_item && line.indent == member_indent_)) {
    take_member(line);
  } else if (in_files_) {
    take_files(line);
  }
}

void CardReader::take_member(const Line& line) {
  Configuration& now = part_->back();
  in_files_ = false;
  if (line.key == "config_name") now.name = text_of(line.value).value_or(now.name);
  if (line.key == "default") {
    now.is_default = line.value == "true" || line.value == "True" || line.value == "TRUE";
  }
  if (line.key == "data_dir") {
    const std::optional<std::string> folder = text_of(line.value);
    now.folder = folder.value_or("");
    now.is_read &= folder.has_value();
  }
  if (line.key != "data_files") return;
  split_.clear();
  entry_indent_.reset();
  in_files_ = line.value.empty();
  if (!in_files_) add(line.value);
}

void CardReader::take_files(const Line& line) {
  Configuration& now = part_->back();
  if (!entry_indent_) {
    entry_indent_ = line.indent;
    entries_are_items_ = line.is_item;
  }
  const bool begins = line.indent == *entry_indent_ && line.is_item == entries_are_items_;
  if (begins) {
    entry_ = now.files.size();
    split_.clear();
  }
  const bool is_file = line.is_item && line.key.empty();
  const bool is_split = entries_are_items_ ? line.key == "split" : begins && !line.key.empty();
  if (is_split) {
    split_ = entries_are_items_ ? text_of(line.value).value_or("") : line.key;
    for (size_t i = entry_; i < now.files.size(); ++i) now.files[i].split = split_;
  }
  if (is_file || (entries_are_items_ ? line.key == "path" : is_split)) {
    if (!line.value.empty()) add(line.value);
  } else if (!is_split) {
    now.is_read = false;
  }
}

void CardReader::add(const std::string& value) {
  Configuration& now = part_->back();
  const std::vector<std::string> paths = texts_of(value);
  now.is_read &= !paths.empty();
  for (const std::string& path : paths) now.files.push_back({split_, path});
}

std::vector<Configuration> CardReader::configurations() const {
  std::vector<Configuration> all = named_.empty() ? described_ : named_;
  for (Configuration& now : all) {
    now.is_read &=
        is_readable(now.folder) && std::ranges::all_of(now.files, is_readable, &DeclaredPath::path);
    if (!now.is_read) {
      now.files.clear();
      continue;
    }
    if (!now.folder.empty() && now.files.empty()) now.files.push_back({"", "**"});
    for (DeclaredPath& file : now.files) {
      file.path = (fs::path(now.folder) / file.path).lexically_normal().string();
    }
  }
  return all;
}

}  // namespace

std::vector<Configuration> configurations_of(const std::string& folder) {
  std::ifstream readme(fs::path(folder) / "README.md");
  std::string text;
  if (!std::getline(readme, text) || !text.starts_with("---")) return {};
  CardReader reader;
  size_t size = 0;
  while (size < kMostBytes && std::getline(readme, text) && !text.starts_with("---")) {
    size += text.size() + 1;
    if (const std::optional<Line> line = line_of(text)) reader.take(*line);
  }
  return reader.configurations();
}

}  // namespace laurel
