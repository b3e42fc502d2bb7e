// Log, implemented with spdlog: plain lines on standard error, lines with timestamps in the file.
#include "core/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include "core/error.h"
#include "core/str.h"

namespace laurel {

Log::Log() {
  auto console = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  console->set_pattern("%^%v%$");
  logger_ = std::make_shared<spdlog::logger>("laurel", console);
}

void Log::add_file(const std::filesystem::path& file) {
  try {
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string());  // appends
    sink->set_pattern("%Y-%m-%d %H:%M:%S %l %v");
    spdlog::logger only_file("laurel", sink);
    for (const auto& [level, message] : before_file_) {
      only_file.log(static_cast<spdlog::level::level_enum>(level), "{}", message);
    }
    logger_->sinks().push_back(sink);
    logger_->flush_on(spdlog::level::info);
  } catch (const spdlog::spdlog_ex& e) {
    throw Error{ErrorKind::checkpoint, str(file, ": cannot be opened for the log: ", e.what())};
  }
  before_file_.clear();
  to_file_ = true;
}

void Log::log(int level, const std::string& message) {
  const std::string shown = printable(message);
  if (!to_file_) before_file_.emplace_back(level, shown);
  logger_->log(static_cast<spdlog::level::level_enum>(level), "{}", shown);
}

void Log::info(const std::string& message) { log(spdlog::level::info, message); }
void Log::warn(const std::string& message) { log(spdlog::level::warn, "warning: " + message); }

}  // namespace laurel
