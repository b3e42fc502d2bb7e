// manifest.json: size and SHA-256 of every other file of a folder that was written here, so that
// the folder is found whole or refused.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace laurel {

struct ManifestEntry {
  uint64_t size = 0;
  std::string sha256 = {};  // 64 lower-case hexadecimal digits

  void fields(auto& visit) {
    visit("size", size);
    visit("sha256", sha256);
  }
};

// By name: of a file of the folder, or "folder/name" of one a level below.
using Manifest = std::map<std::string, ManifestEntry>;

// Lists what lies in the folder, in place of a manifest that is there. Flushed, as are, by their
// writers, the files it lists. Throws Error (checkpoint).
void write_manifest(const std::filesystem::path& folder);

// Replaces a file of the folder, and what its manifest says of it where there is one. The manifest
// is away while it would be wrong, so that a process that is killed leaves a folder that can be
// read. Throws Error (checkpoint).
void replace_listed_file(const std::filesystem::path& folder, const std::string& name,
                         std::string_view bytes);

// Of the files *.safetensors of a model together, by its manifest; without one they are read. Throws
// Error (model).
std::string weights_sha256(const std::filesystem::path& folder);

bool has_manifest(const std::filesystem::path& folder);

// Throws Error (of `kind`) that names the first file that is missing, has another size or other
// bytes, or is not listed though it would be read. A folder without a manifest passes, as does a
// README.md that was changed, which is a note. Returns the notes, to be printed once.
std::vector<std::string> check_manifest(const std::filesystem::path& folder, ErrorKind kind);

// Files of the folder that its manifest does not list: not written here. None where there is no
// manifest, or one that cannot be read.
std::vector<std::string> unlisted_files(const std::filesystem::path& folder);

// UTF-8 without control characters and separators: what a manifest lists, alone or behind a folder.
bool is_listed_name(std::string_view name);

// Strict: format 1, no unknown keys, plain names. `where` names the text in messages.
Manifest parse_manifest(std::string_view text, const std::string& where, ErrorKind kind);

}  // namespace laurel
