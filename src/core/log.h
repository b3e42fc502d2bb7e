// Messages to the person who runs the program: standard error, and a run's log.txt.
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

  // Also to this file: what was said so far, and all that follows. Throws Error (checkpoint) when
  // it cannot be opened.
  void also_to(const std::filesystem::path& file);

  void info(const std::string& message);
  void warn(const std::string& message);

 private:
  void say(int level, const std::string& message);

  std::vector<std::pair<int, std::string>> early_;  // level and text, until there is a file
  bool to_file_ = false;
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace laurel
