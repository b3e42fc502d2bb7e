// How much main memory this process may still take.
#pragma once

#include <cstdint>
#include <filesystem>

namespace laurel {

// Bytes; what the system calls available, or what the process's control group leaves of its limit
// (files that are only cached do not count), whichever is less. 0 where the system does not say.
// `root` is where proc/ and sys/ are looked for.
int64_t available_memory(const std::filesystem::path& root = "/");

}  // namespace laurel
