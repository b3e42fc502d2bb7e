// Signals are flags, and a time limit leaves room for a step.
#include "train/stop.h"

#include <gtest/gtest.h>

#include <csignal>
#include <thread>

namespace laurel::stop_test {
namespace {

TEST(Stop, ASaveRequestIsReportedOnce) {
  install_signal_handlers();
  EXPECT_FALSE(take_save_request());
  std::raise(SIGUSR1);
  EXPECT_TRUE(take_save_request());
  EXPECT_FALSE(take_save_request());
  EXPECT_EQ(stop_signal(), 0);
}

TEST(Stop, ASecondSignalEndsTheProcessAtOnce) {
  const auto twice = [] {
    install_signal_handlers();
    std::raise(SIGTERM);
    if (stop_signal() != SIGTERM) std::exit(1);
    std::raise(SIGINT);
    std::exit(2);
  };
  EXPECT_EXIT(twice(), testing::ExitedWithCode(128 + SIGINT), "");
}

TEST(Stop, ATimeLimitStopsBeforeAStepThatWouldExceedIt) {
  TimeLimit none(std::nullopt), far(1.0), near(0.15 / 3600);
  EXPECT_FALSE(near.reached());
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // a step
  EXPECT_TRUE(near.reached());                                  // 0.1 s are over, 0.2 are needed
  EXPECT_FALSE(far.reached());
  EXPECT_FALSE(none.reached());
}

TEST(Stop, ATimeLimitAlwaysAllowsOneStep) {
  TimeLimit over(1e-12);
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_FALSE(over.reached());
  EXPECT_TRUE(over.reached());
}

}  // namespace
}  // namespace laurel::stop_test
