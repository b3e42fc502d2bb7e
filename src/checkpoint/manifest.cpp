// Writing and checking manifest.json.
#include "checkpoint/manifest.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/files.h"
#include "core/json.h"
#include "core/str.h"
#include "core/unicode.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

constexpr const char* kName = "manifest.json";
constexpr const char* kTemplates =
    "additional_chat_templates";  // the one folder below that is read
constexpr int64_t kFormat = 1;
constexpr uint64_t kMaxBytes = 16 << 20;

// "name" or "folder/name".
bool can_be_listed(std::string_view name) {
  const size_t slash = name.find('/');
  if (slash == name.npos) return is_plain_name(name) && name != kName;
  return is_plain_name(name.substr(0, slash)) && is_plain_name(name.substr(slash + 1));
}

// Names in a folder, sorted. Throws Error of the kind.
std::vector<std::string> names_in(const fs::path& folder, ErrorKind kind) {
  std::error_code problem;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(folder, problem), end; entry != end; entry.increment(problem)) {
    names.push_back(entry->path().filename());
  }
  if (problem) throw Error{kind, str(folder, ": cannot be read: ", problem.message())};
  std::ranges::sort(names);
  return names;
}

// Files of the folder and of those below it, by their names in the manifest.
std::vector<std::string> files_in(const fs::path& folder) {
  std::vector<std::string> files;
  std::error_code ignored;
  for (const std::string& name : names_in(folder, ErrorKind::checkpoint)) {
    if (!fs::is_directory(folder / name, ignored)) {
      files.push_back(name);
      continue;
    }
    for (const std::string& inner : names_in(folder / name, ErrorKind::checkpoint)) {
      files.push_back(str(name, "/", inner));
    }
  }
  std::erase(files, kName);
  return files;
}

// Whether a model folder's reader would open a file of this name.
bool is_model_file(const std::string& name) {
  constexpr std::array kEnds{".json", ".jinja", ".safetensors", ".model"};
  return name == "merges.txt" ||
         std::ranges::any_of(kEnds, [&](const char* end) { return name.ends_with(end); });
}

const char* advice(ErrorKind kind) {
  if (kind == ErrorKind::checkpoint) return "; this checkpoint is damaged: take an older one";
  return "; the folder was damaged or edited: make or copy it again, or remove its manifest.json "
         "if the change is yours";
}

void check_no_unlisted_files(const fs::path& folder, const Manifest& manifest, ErrorKind kind) {
  std::error_code ignored;
  std::vector<std::string> found = names_in(folder, kind);
  if (fs::is_directory(folder / kTemplates, ignored)) {
    for (const std::string& name : names_in(folder / kTemplates, kind)) {
      found.push_back(str(kTemplates, "/", name));
    }
  }
  for (const std::string& name : found) {
    if (name == kName || !is_model_file(name) || manifest.contains(name)) continue;
    throw Error{
        kind, str(folder / name, ": found a file that manifest.json does not list", advice(kind))};
  }
}

// What is wrong with a file as far as its size tells.
std::optional<std::string> size_problem(const fs::path& file, const ManifestEntry& listed) {
  std::error_code problem;
  if (!fs::exists(file, problem)) return "is not there, but manifest.json lists it";
  if (!fs::is_regular_file(file, problem)) return "found something that is not a file";
  const uint64_t size = fs::file_size(file, problem);
  if (problem) return str("cannot be read: ", problem.message());
  if (size == listed.size) return std::nullopt;
  return str("found ", size, " bytes, expected ", listed.size, ", as manifest.json says");
}

std::optional<std::string> content_problem(const fs::path& file, const ManifestEntry& listed,
                                           ErrorKind kind) {
  const std::string found = sha256_of_file(file, kind);
  if (found == listed.sha256) return std::nullopt;
  return str("found other bytes than manifest.json says (SHA-256 ", found.substr(0, 12),
             "..., expected ", listed.sha256.substr(0, 12), "...)");
}

ManifestEntry parse_file(const Json& json, const std::string& where, ErrorKind kind) {
  const auto refuse = [&](const std::string& found, const char* expected) -> Error {
    return {kind, str(where, ": found ", found, ", expected ", expected)};
  };
  const char* const kObject = "an object of \"size\" and \"sha256\"";
  if (!json.is_object()) throw refuse(describe_json(json), kObject);
  for (const auto& [key, value] : json.items()) {
    if (key != "size" && key != "sha256") throw refuse(str("the key \"", key, "\""), kObject);
  }
  const auto size = json.find("size"), hash = json.find("sha256");
  if (size == json.end() || hash == json.end()) throw refuse("only one of them", kObject);
  if (!size->is_number_unsigned()) throw refuse(describe_json(*size), "a number of bytes");
  const auto digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  const std::string digits = hash->is_string() ? hash->get<std::string>() : "";
  if (digits.size() != 64 || !std::ranges::all_of(digits, digit)) {
    throw refuse(describe_json(*hash), "a SHA-256 of 64 digits");
  }
  return {size->get<uint64_t>(), digits};
}

}  // namespace

bool is_plain_name(std::string_view name) {
  const auto forbidden = [](unsigned char c) {
    return c < 0x20 || c == 0x7f || c == '/' || c == '\\';
  };
  return !name.empty() && name != "." && name != ".." && is_utf8(name) &&
         std::ranges::none_of(name, forbidden);
}

Manifest parse_manifest(std::string_view text, const std::string& where, ErrorKind kind) {
  const auto refuse = [&](const std::string& found, const std::string& expected) -> Error {
    return {kind, str(where, ": found ", found, ", expected ", expected)};
  };
  const Json json = parse_json(text, where, kind, {.depth = 3});
  const char* const kObject = "an object of \"format\" and \"files\"";
  if (!json.is_object()) throw refuse(describe_json(json), kObject);
  const auto format = json.find("format"), files = json.find("files");
  if (format == json.end()) throw refuse("no \"format\"", kObject);
  if (!format->is_number_integer() || *format != kFormat) {
    throw refuse(str("format ", format->dump()), str(kFormat, ", the one that this version reads"));
  }
  for (const auto& [key, value] : json.items()) {
    if (key != "format" && key != "files") throw refuse(str("the key \"", key, "\""), kObject);
  }
  if (files == json.end() || !files->is_object()) throw refuse("no list of \"files\"", kObject);
  Manifest manifest;
  for (const auto& [name, file] : files->items()) {
    if (!can_be_listed(name)) {
      throw refuse(str("the name ", Json(name).dump()), "the plain name of a file in the folder");
    }
    manifest[name] = parse_file(file, str(where, ": ", name), kind);
  }
  return manifest;
}

void write_manifest(const fs::path& folder) {
  Json files = Json::object();
  for (const std::string& name : files_in(folder)) {
    const fs::path file = folder / name;
    std::error_code problem;
    const uint64_t size = fs::file_size(file, problem);
    if (!can_be_listed(name) || problem) {
      throw Error{ErrorKind::checkpoint,
                  str(file, ": expected a file with a plain name, at most one folder deep")};
    }
    files[name] = {{"size", size}, {"sha256", sha256_of_file(file, ErrorKind::checkpoint)}};
  }
  const Json manifest = {{"format", kFormat}, {"files", std::move(files)}};
  write_file(folder / kName, manifest.dump(2) + "\n");
}

bool has_manifest(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(folder / kName, ignored));
}

static Manifest read_manifest(const fs::path& folder, ErrorKind kind) {
  const fs::path file = folder / kName;
  std::error_code ignored;
  if (const uint64_t size = fs::file_size(file, ignored); !ignored && size > kMaxBytes) {
    throw Error{kind, str(file, ": found ", size, " bytes, expected at most ", kMaxBytes)};
  }
  return parse_manifest(read_file(file, kind), file.string(), kind);
}

std::vector<std::string> unlisted_files(const fs::path& folder) {
  if (!has_manifest(folder)) return {};
  try {
    const Manifest manifest = read_manifest(folder, ErrorKind::checkpoint);
    std::vector<std::string> files = files_in(folder);
    std::erase_if(files, [&](const std::string& name) { return manifest.contains(name); });
    return files;
  } catch (const Error&) {
    return {};
  }
}

std::vector<std::string> check_manifest(const fs::path& folder, ErrorKind kind) {
  if (!has_manifest(folder)) return {};
  const Manifest manifest = read_manifest(folder, kind);
  std::vector<std::string> notes;
  const auto report = [&](const fs::path& path, const std::optional<std::string>& problem) {
    if (!problem) return;
    if (path.filename() != "README.md") throw Error{kind, str(path, ": ", *problem, advice(kind))};
    notes.push_back(str(path, ": was changed since it was written; nothing here depends on it"));
  };
  check_no_unlisted_files(folder, manifest, kind);
  std::vector<std::string> whole;  // what is worth hashing
  for (const auto& [name, listed] : manifest) {
    const auto problem = size_problem(folder / name, listed);
    report(folder / name, problem);
    if (!problem) whole.push_back(name);
  }
  for (const std::string& name : whole) {
    report(folder / name, content_problem(folder / name, manifest.at(name), kind));
  }
  return notes;
}

}  // namespace laurel
