// BackgroundTask: one job at a time, and no exception is lost.
#include "core/background_task.h"

#include <gmock/gmock.h>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace laurel::background_task_test {
namespace {

using testing::StrEq;
using testing::ThrowsMessage;

TEST(BackgroundTask, RunsOneJobAfterTheOther) {
  std::atomic<int> running = 0, most = 0, done = 0;
  {
    BackgroundTask background_task;
    for (int i = 0; i < 20; ++i) {
      background_task.start([&] {
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

TEST(BackgroundTask, RethrowsAJobsExceptionOnceBeforeStartingTheNext) {
  BackgroundTask background_task;
  bool started = false;
  background_task.start([] { throw std::runtime_error("disk full"); });
  EXPECT_THAT([&] { background_task.start([&] { started = true; }); },
              ThrowsMessage<std::runtime_error>(StrEq("disk full")));
  EXPECT_FALSE(started);
  background_task.start([&] { started = true; });
  background_task.wait();
  EXPECT_TRUE(started);
  EXPECT_NO_THROW(background_task.check());
}

TEST(BackgroundTask, CheckDoesNotWait) {
  std::atomic<bool> go = false;
  BackgroundTask background_task;
  background_task.start([&] {
    while (!go) std::this_thread::yield();
    throw std::runtime_error("late");
  });
  EXPECT_NO_THROW(background_task.check());
  go = true;
  EXPECT_THAT([&] { background_task.wait(); }, ThrowsMessage<std::runtime_error>(StrEq("late")));
}

}  // namespace
}  // namespace laurel::background_task_test
