// state.json names a data set's files in their order, dataset_dict.json its splits, each a folder.
#include "data/files/saved_dataset.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/error.h"
#include "core/json.h"
#include "core/str.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

constexpr const char* kState = "state.json";
constexpr const char* kSplits = "dataset_dict.json";
constexpr size_t kMaxBytes = size_t{64} << 20;

[[noreturn]] void refuse(const std::string& file, const std::string& message) {
  throw Error{ErrorKind::data, str(file, ": ", message)};
}

Json read_object(const std::string& file) {
  std::error_code problem;
  if (fs::file_size(file, problem) > kMaxBytes || problem) {
    refuse(file, str("found no file of at most ", kMaxBytes, " bytes, expected one"));
  }
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in.bad() || !in.is_open()) refuse(file, "cannot be read");
  Json object = parse_json(text, file, ErrorKind::data);
  if (object.is_object()) return object;
  refuse(file, str("found ", describe_json(object), ", expected an object"));
}

const Json& list_of(const Json& object, const char* member, const std::string& file) {
  const auto found = object.find(member);
  if (found != object.end() && found->is_array()) return *found;
  refuse(file, str("found no list \"", member, "\", expected one, as save_to_disk writes it"));
}

// A name, not a path: what a file says must not lead out of its folder.
std::string name_of(const Json& value, const std::string& file) {
  if (!value.is_string()) refuse(file, str("found ", describe_json(value), ", expected a name"));
  const std::string name = value;
  if (!name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos)
    return name;
  refuse(file, str("found the name \"", name, "\", expected that of a file beside it"));
}

std::vector<std::string> files_of_state(const std::string& folder) {
  const std::string file = fs::path(folder) / kState;
  const Json state = read_object(file);
  for (const char* indices : {"_indices_data_files", "_indices_files"}) {
    const auto found = state.find(indices);
    if (found == state.end() || found->empty()) continue;
    refuse(file, str("found \"", indices,
                     "\", expected rows in their order; datasets.load_from_disk(FOLDER)"
                     ".flatten_indices().save_to_disk(OTHER) writes them so"));
  }
  std::vector<std::string> files;
  for (const Json& entry : list_of(state, "_data_files", file)) {
    const auto name = entry.is_object() ? entry.find("filename") : entry.end();
    if (!entry.is_object() || name == entry.end()) refuse(file, "found no \"filename\"");
    files.push_back(fs::path(folder) / name_of(*name, file));
    std::error_code ignored;
    if (!fs::exists(files.back(), ignored))
      refuse(files.back(), str("no such file; ", file, " names it"));
  }
  if (files.empty()) refuse(file, "found no data files, expected one or more");
  return files;
}

// The split that the folder of one data set says that it is; none where it does not say.
std::optional<std::string> split_of_state(const std::string& folder) {
  const Json state = read_object(fs::path(folder) / kState);
  const auto split = state.find("_split");
  if (split == state.end() || !split->is_string()) return std::nullopt;
  return split->get<std::string>();
}

bool has(const std::string& folder, const char* name) {
  std::error_code ignored;
  return fs::is_regular_file(fs::path(folder) / name, ignored);
}

}  // namespace

bool is_saved_dataset(const std::string& folder) {
  return has(folder, kSplits) || has(folder, kState);
}

std::vector<std::string> files_of_saved_dataset(const std::string& folder,
                                                const std::optional<std::string>& split) {
  if (!has(folder, kSplits)) {
    const std::optional<std::string> own = split ? split_of_state(folder) : std::nullopt;
    if (own && own != split) {
      refuse(folder, str("found the split \"", *own, "\", expected \"", *split, "\""));
    }
    return files_of_state(folder);
  }
  const std::string file = fs::path(folder) / kSplits;
  std::vector<std::string> names;
  const Json object = read_object(file);
  for (const Json& name : list_of(object, "splits", file)) {
    names.push_back(name_of(name, file));
  }
  const std::string all = join(names, ", ");
  if (split && std::ranges::find(names, *split) == names.end()) {
    refuse(folder, str("found the splits ", all, ", expected \"", *split, "\" among them"));
  }
  if (names.empty()) refuse(file, "found no splits, expected one or more");
  if (!split && names.size() > 1) {
    refuse(folder, str("found the splits ", all, ", expected one; set split to one of them"));
  }
  return files_of_state(fs::path(folder) / (split ? *split : names.front()));
}

}  // namespace laurel
