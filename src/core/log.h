// Log: messages for the user, on standard error and in a run's log.txt.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spdlog {
class logger;
}

namespace laurel {

class Log {
 public:
  Log();  // to standard error

  // Logs to this file too: the messages so far and all later ones. Throws Error (checkpoint) if it
  // cannot be opened.
  void add_file(const std::filesystem::path& file);

  void info(const std::string& message);
  void warn(const std::string& message);

 private:
  void log(int level, const std::string& message);

  std::vector<std::pair<int, std::string>> before_file_;  // level and text, until there is a file
  bool to_file_ = false;
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace laurel
