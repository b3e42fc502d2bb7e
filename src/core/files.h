// Whole files in and out, and their SHA-256.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/error.h"

namespace laurel {

// The bytes of a regular file (symlinks are followed). Throws Error of the given kind with path and
// reason.
std::string read_file(const std::filesystem::path& path, ErrorKind kind = ErrorKind::model);

// Writes to a temporary neighbour, flushes it to disk and renames it, so that `path` is never half
// written. Throws Error (checkpoint).
void write_file(const std::filesystem::path& path, std::string_view bytes);

// SHA-256, 64 hexadecimal digits.
std::string sha256(std::string_view bytes);

// SHA-256 of a file's bytes. Throws Error of the given kind.
std::string sha256_of_file(const std::filesystem::path& path, ErrorKind kind = ErrorKind::data);

}  // namespace laurel
