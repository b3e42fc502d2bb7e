// Messages to the person who runs the program: standard error, and a run's log.txt once there is
// one.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace spdlog {
class logger;
}

namespace laurel {

class Log {
 public:
  Log();  // to standard error

  // From here on also to this file. Throws Error (checkpoint) when it cannot be opened.
  void also_to(const std::filesystem::path& file);

  void info(const std::string& message);
  void warn(const std::string& message);
  void error(const std::string& message);
  void flush();

 private:
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace laurel
