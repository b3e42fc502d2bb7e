// Memory available to this process, and byte counts as text.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace laurel {

// Bytes; what the system calls available, or what the process's control group leaves of its limit
// (files that are only cached do not count), whichever is less. 0 where the system does not say.
// `root` is where proc/ and sys/ are looked for.
int64_t available_memory(const std::filesystem::path& root = "/");

// Bytes that this process has in memory and that no file holds. 0 where the system does not say.
int64_t held_memory(const std::filesystem::path& root = "/");

// "1.5 GiB", "512 MiB"
std::string format_bytes(int64_t bytes);

}  // namespace laurel
