// metrics.jsonl: one JSON object a line, each written by a single call so that no reader sees half
// a line twice.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "core/json.h"

namespace laurel {

class MetricsFile {
 public:
  // Goes on behind what is there, or behind its first `kept` bytes. Throws Error (checkpoint) when
  // the file cannot be opened or cut.
  explicit MetricsFile(const std::filesystem::path& path, std::optional<int64_t> kept = {});
  ~MetricsFile();
  MetricsFile(const MetricsFile&) = delete;
  MetricsFile& operator=(const MetricsFile&) = delete;

  // Throws Error (checkpoint) when the line cannot be written.
  void write(const Json& line);

  // Bytes so far, all of them on the disk. Throws Error (checkpoint).
  int64_t flush();

 private:
  [[noreturn]] void fail(const char* what) const;

  std::filesystem::path path_;
  int file_ = -1;
};

// Unix seconds.
double unix_time();

// {"kind":"event","step":..,"time":..,"event":"end"}
Json event_line(const std::string& what, int64_t step);

// The last line that is whole, and the bytes up to its end; of what a killed process left, the rest
// may be half a line. Throws Error (checkpoint).
struct LastLine {
  int64_t end = 0;
  std::string text;
};
LastLine last_line(const std::filesystem::path& path);

}  // namespace laurel
