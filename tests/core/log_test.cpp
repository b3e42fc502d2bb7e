// Log: every sink gets every message, whenever it comes.
#include "core/log.h"

#include <gmock/gmock.h>

#include <thread>

#include "core/files.h"
#include "support/error_of.h"

namespace laurel::log_test {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

LogSink to(std::vector<std::string>& lines) {
  return [&lines](LogLevel level, const std::string& message) {
    lines.push_back((level == LogLevel::info ? "i " : "w ") + message);
  };
}

TEST(Log, ALaterSinkGetsTheMessagesSoFarToo) {
  std::vector<std::string> first, second;
  Log log(to(first));
  log.info("one");
  log.warn("two");
  log.add_sink(to(second));
  log.info("three");
  EXPECT_THAT(first, ElementsAre("i one", "w warning: two", "i three"));
  EXPECT_EQ(second, first);
}

TEST(Log, ShowsWhatATerminalWouldObey) {
  std::vector<std::string> lines;
  Log log(to(lines));
  log.info("a\x1b[31mb");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].find('\x1b'), std::string::npos) << lines[0];
}

TEST(Log, ThreadsDoNotMeetInASink) {
  std::vector<std::string> lines;
  Log log(to(lines));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int line = 0; line < 100; ++line) log.info("line");
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(lines.size(), 400u);
}

TEST(Log, AFileThatCannotBeOpenedIsSaid) {
  EXPECT_THAT(test::error_of(ErrorKind::checkpoint, [] { file_sink("/dev/null/log.txt"); }),
              StartsWith("/dev/null/log.txt: cannot be opened for the log: "));
}

}  // namespace
}  // namespace laurel::log_test
