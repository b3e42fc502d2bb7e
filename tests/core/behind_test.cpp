// One job at a time behind the caller, and none is lost.
#include "core/behind.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace laurel {
namespace {

TEST(Behind, RunsOneJobAfterTheOther) {
  std::atomic<int> running = 0, most = 0, done = 0;
  {
    Behind behind;
    for (int i = 0; i < 20; ++i) {
      behind.start([&] {
        most = std::max<int>(most, ++running);
        std::this_thread::yield();
        --running;
        ++done;
      });
    }
  }
  EXPECT_EQ(done, 20);
  EXPECT_EQ(most, 1);
}

TEST(Behind, GivesBackWhatAJobHasThrownOnceAndStartsNoOtherBeforeThat) {
  Behind behind;
  bool started = false;
  behind.start([] { throw std::runtime_error("disk full"); });
  EXPECT_THROW(behind.start([&] { started = true; }), std::runtime_error);
  EXPECT_FALSE(started);
  behind.start([&] { started = true; });
  behind.wait();
  EXPECT_TRUE(started);
  EXPECT_NO_THROW(behind.check());
}

TEST(Behind, CheckDoesNotWait) {
  std::atomic<bool> go = false;
  Behind behind;
  behind.start([&] {
    while (!go) std::this_thread::yield();
    throw std::runtime_error("late");
  });
  EXPECT_NO_THROW(behind.check());
  go = true;
  EXPECT_THROW(behind.wait(), std::runtime_error);
}

}  // namespace
}  // namespace laurel
