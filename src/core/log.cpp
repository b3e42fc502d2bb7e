// Log, and its two sinks over spdlog.
#include "core/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <memory>

#include "core/error.h"
#include "core/str.h"

namespace laurel {

static LogSink sink_of(const spdlog::sink_ptr& sink, const char* pattern) {
  sink->set_pattern(pattern);
  const auto logger = std::make_shared<spdlog::logger>("laurel", sink);
  logger->flush_on(spdlog::level::info);
  return [logger](LogLevel level, const std::string& message) {
    logger->log(level == LogLevel::info ? spdlog::level::info : spdlog::level::warn, "{}", message);
  };
}

LogSink standard_error_sink() {
  return sink_of(std::make_shared<spdlog::sinks::stderr_color_sink_mt>(), "%^%v%$");
}

LogSink file_sink(const std::filesystem::path& file) {
  try {
    return sink_of(std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string()),  // appends
                   "%Y-%m-%d %H:%M:%S %l %v");
  } catch (const spdlog::spdlog_ex& e) {
    throw Error{ErrorKind::checkpoint, str(file, ": cannot be opened for the log: ", e.what())};
  }
}

void Log::add_sink(LogSink sink) {
  const std::lock_guard lock(mutex_);
  for (const auto& [level, message] : so_far_) sink(level, message);
  so_far_.clear();
  sinks_.push_back(std::move(sink));
}

void Log::log(LogLevel level, const std::string& message) {
  const std::string shown = printable(message);
  const std::lock_guard lock(mutex_);
  for (const LogSink& sink : sinks_) sink(level, shown);
  if (sinks_.size() == 1) so_far_.emplace_back(level, shown);
}

}  // namespace laurel
