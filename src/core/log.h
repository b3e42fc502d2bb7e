// Messages to the person who runs the program. A Log hands each to its sinks: standard error, a
// run's log.txt, or whatever a program that uses laurel wants to do with them.
#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace laurel {

enum class LogLevel { info, warning };

// Takes one message, printable, of one line or more. Is not called by two threads at once.
using LogSink = std::function<void(LogLevel level, const std::string& message)>;

// Plain lines; warnings in colour on a terminal, unless NO_COLOR is set (no-color.org).
LogSink standard_error_sink();

// Lines with time and level, behind those that the file has. Throws Error (checkpoint) if it cannot
// be opened.
LogSink file_sink(const std::filesystem::path& file);

// May be used by several threads.
class Log {
 public:
  explicit Log(LogSink sink);
  ~Log();
  Log(const Log&) = delete;

  // Hands the messages so far to this sink too, and all later ones; called once.
  void add_sink(LogSink sink);

  void info(const std::string& message) { log(LogLevel::info, message); }
  // One line on a terminal's standard error below all messages, which the next one replaces; ""
  // removes it. Goes to no sink, and nowhere without a terminal.
  void progress(const std::string& line);
  bool on_terminal() const { return terminal_; }

  void warn(const std::string& message) { log(LogLevel::warning, "warning: " + message); }

 private:
  void log(LogLevel level, const std::string& message);

  void draw(const std::string& line) const;

  std::mutex mutex_;
  bool terminal_;         // standard error is one
  std::string progress_;  // what stands there now
  std::vector<LogSink> sinks_;
  std::vector<std::pair<LogLevel, std::string>> so_far_;  // until there is a second sink
};

}  // namespace laurel
