// Log, and its two sinks over spdlog.
#include "core/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
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
  const char* const no_color = std::getenv("NO_COLOR");
  const bool plain = no_color != nullptr && *no_color != '\0';
  const auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(
      plain ? spdlog::color_mode::never : spdlog::color_mode::automatic);
  sink->set_color(spdlog::level::info, "");
  return sink_of(sink, "%^%v%$");
}

Log::Log(LogSink sink) : terminal_(::isatty(STDERR_FILENO) != 0) {
  sinks_.push_back(std::move(sink));
}

Log::~Log() { progress(""); }

// At most the width of the terminal, counted in code points: a longer line would scroll.
static std::string fitting(const std::string& line) {
  winsize size = {};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  const size_t width = known ? size.ws_col - 1 : 79;
  size_t points = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    if ((line[i] & 0xC0) == 0x80) continue;
    if (++points > width) return line.substr(0, i);
  }
  return line;
}

void Log::draw(const std::string& line) const {
  if (terminal_) std::fputs(("\r\033[K" + fitting(line)).c_str(), stderr);
}

void Log::progress(const std::string& line) {
  const std::string shown = printable(line);
  const std::lock_guard lock(mutex_);
  if (shown.empty() && progress_.empty()) return;
  progress_ = shown;
  draw(shown);
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
  if (!progress_.empty()) draw("");
  for (const LogSink& sink : sinks_) sink(level, shown);
  if (!progress_.empty()) draw(progress_);
  if (sinks_.size() == 1) so_far_.emplace_back(level, shown);
}

}  // namespace laurel
