// Available memory from /proc/meminfo and the limit of the outermost visible control group (version
// 2).
#include "core/memory.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

#include "core/str.h"

namespace laurel {

namespace {

// The number after `key` in a file of "key number" lines; without a key the file's first number.
std::optional<int64_t> number_in(const std::filesystem::path& file, const std::string& key = "") {
  std::ifstream in(file);
  std::string word;
  int64_t number = 0;
  if (key.empty()) return in >> number ? std::optional(number) : std::nullopt;
  while (in >> word) {
    if (word == key && in >> number) return number;
    in.clear();
  }
  return {};
}

}  // namespace

int64_t available_memory(const std::filesystem::path& root) {
  const auto kibibytes = number_in(root / "proc/meminfo", "MemAvailable:");
  const std::filesystem::path group = root / "sys/fs/cgroup";
  const auto limit = number_in(group / "memory.max");  // no number where there is none
  const auto used = number_in(group / "memory.current");
  constexpr int64_t kUnknown = std::numeric_limits<int64_t>::max();
  int64_t available = kibibytes ? *kibibytes * 1024 : kUnknown;
  if (limit && used) {
    const int64_t cached = number_in(group / "memory.stat", "file").value_or(0);
    available = std::min(available, std::max<int64_t>(0, *limit - *used + cached));
  }
  return available == kUnknown ? 0 : available;
}

int64_t held_memory(const std::filesystem::path& root) {
  return 1024 * number_in(root / "proc/self/status", "RssAnon:").value_or(0);
}

std::string format_bytes(int64_t bytes) {
  const char* const units[] = {"bytes", "KiB", "MiB", "GiB"};
  auto amount = static_cast<double>(bytes);
  size_t unit = 0;
  for (; amount >= 1024 && unit < 3; ++unit) amount /= 1024;
  return str(std::round(amount * 10) / 10, " ", units[unit]);
}

}  // namespace laurel
