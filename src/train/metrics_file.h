// metrics.jsonl: one JSON object a line, each written by a single call so that no reader sees half
// a line twice.
#pragma once

#include <filesystem>

#include "core/json.h"

namespace laurel {

class MetricsFile {
 public:
  // Throws Error (checkpoint) when the file cannot be opened.
  explicit MetricsFile(const std::filesystem::path& path);
  ~MetricsFile();
  MetricsFile(const MetricsFile&) = delete;
  MetricsFile& operator=(const MetricsFile&) = delete;

  // Throws Error (checkpoint) when the line cannot be written.
  void write(const Json& line);

 private:
  std::filesystem::path path_;
  int file_ = -1;
};

// Unix seconds.
double unix_time();

}  // namespace laurel
