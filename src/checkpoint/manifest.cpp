// Writing and checking manifest.json.
#include "checkpoint/manifest.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>

#include "checkpoint/model_assets.h"
#include "core/files.h"
#include "core/json.h"
#include "core/option_reader.h"
#include "core/option_writer.h"
#include "core/parallel.h"
#include "core/str.h"
#include "core/unicode.h"

namespace laurel {

namespace {

namespace fs = std::filesystem;

constexpr const char* kName = "manifest.json";
constexpr int64_t kManifestFormat = 1;
constexpr uint64_t kMaxManifestBytes = 16 << 20;

// "name" or "folder/name".
bool can_be_listed(std::string_view name) {
  const size_t slash = name.find('/');
  if (slash == name.npos) return is_listed_name(name) && name != kName;
  return is_listed_name(name.substr(0, slash)) && is_listed_name(name.substr(slash + 1));
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
  if (kind == ErrorKind::checkpoint) return "; this checkpoint is damaged";
  return "; the folder was damaged or edited: make or copy it again, or remove its manifest.json "
         "if the change is yours";
}

void check_no_unlisted_files(const fs::path& folder, const Manifest& manifest, ErrorKind kind) {
  std::error_code ignored;
  std::vector<std::string> found = names_in(folder, kind);
  if (fs::is_directory(folder / kChatTemplateFolder, ignored)) {
    for (const std::string& name : names_in(folder / kChatTemplateFolder, kind)) {
      found.push_back(str(kChatTemplateFolder, "/", name));
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
  if (fs::is_directory(file, problem)) return "found a folder, expected a file";
  if (!fs::is_regular_file(file, problem)) {
    return "found something that is not a file, expected a file";
  }
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

struct ManifestFile {
  int64_t format = kManifestFormat;
  Manifest files;

  void fields(auto& visit) {
    visit("format", format);
    visit("files", files);
  }
};

void check_format(const Json& json, const std::string& where, ErrorKind kind) {
  const auto format = json.is_object() ? json.find("format") : json.end();
  if (format == json.end() || (format->is_number_integer() && *format == kManifestFormat)) return;
  throw Error{kind, str(where, ": found format ", format->dump(), ", expected ", kManifestFormat,
                        ", the one that this version reads")};
}

void check_files(const ManifestFile& manifest, Problems& problems) {
  const auto digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  for (const auto& [name, file] : manifest.files) {
    if (!can_be_listed(name)) {
      problems.add("files", str("found the name ", Json(name).dump(),
                                ", expected the plain name of a file in the folder"));
    }
    if (file.sha256.size() != 64 || !std::ranges::all_of(file.sha256, digit)) {
      problems.add(str("files.", name, ".sha256"),
                   str("found ", Json(file.sha256).dump(), ", expected a SHA-256 of 64 digits"));
    }
  }
}

}  // namespace

bool is_listed_name(std::string_view name) {
  const auto forbidden = [](unsigned char c) {
    return c < 0x20 || c == 0x7f || c == '/' || c == '\\';
  };
  return !name.empty() && name != "." && name != ".." && is_utf8(name) &&
         std::ranges::none_of(name, forbidden);
}

Manifest parse_manifest(std::string_view text, const std::string& where, ErrorKind kind) {
  const Json json = parse_json(text, where, kind, {.depth = 3});
  check_format(json, where, kind);
  return read_file_json<ManifestFile>(json, where, kind, check_files).files;
}

void write_manifest(const fs::path& folder) {
  ManifestFile manifest;
  std::vector<std::pair<fs::path, ManifestEntry*>> files;
  for (const std::string& name : files_in(folder)) {
    const fs::path file = folder / name;
    std::error_code problem;
    const uint64_t size = fs::file_size(file, problem);
    if (!can_be_listed(name) || problem) {
      throw Error{ErrorKind::checkpoint,
                  str(file, ": expected a file with a plain name, at most one folder deep")};
    }
    ManifestEntry& entry = manifest.files[name];
    entry.size = size;
    files.emplace_back(file, &entry);
  }
  // Weights and training tensors are large files: side by side.
  parallel_for(std::ssize(files), available_cores(), [&](int64_t i) {
    files[i].second->sha256 = sha256_of_file(files[i].first, ErrorKind::checkpoint);
  });
  write_file(folder / kName, options_to_json(manifest).dump(2) + "\n");
}

bool has_manifest(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(folder / kName, ignored));
}

static Manifest read_manifest(const fs::path& folder, ErrorKind kind) {
  const fs::path file = folder / kName;
  std::error_code ignored;
  if (const uint64_t size = fs::file_size(file, ignored); !ignored && size > kMaxManifestBytes) {
    throw Error{kind, str(file, ": found ", size, " bytes, expected at most ", kMaxManifestBytes)};
  }
  return parse_manifest(read_file(file, kind), file.string(), kind);
}

std::string weights_sha256(const fs::path& folder) {
  const Manifest manifest =
      has_manifest(folder) ? read_manifest(folder, ErrorKind::model) : Manifest{};
  std::string hashes;
  for (const std::string& name : names_in(folder, ErrorKind::model)) {
    if (!name.ends_with(".safetensors") || name == "training.safetensors") continue;
    const auto entry = manifest.find(name);
    hashes += entry == manifest.end() ? sha256_of_file(folder / name, ErrorKind::model)
                                      : entry->second.sha256;
  }
  return sha256(hashes);
}

void replace_listed_file(const fs::path& folder, const std::string& name, std::string_view bytes) {
  if (!has_manifest(folder)) return write_file(folder / name, bytes);
  ManifestFile manifest{.files = read_manifest(folder, ErrorKind::checkpoint)};
  manifest.files[name] = {bytes.size(), sha256(bytes)};
  std::error_code problem;
  if (!fs::remove(folder / kName, problem)) {
    throw Error{ErrorKind::checkpoint, str(folder / kName, ": cannot be replaced: ",
                                           problem.message(), "; may the folder be written to?")};
  }
  write_file(folder / name, bytes);
  write_file(folder / kName, options_to_json(manifest).dump(2) + "\n");
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
