// Prefetcher: order of the values, how many are made in advance, failures, and an early end.
#include "core/prefetcher.h"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include "core/error.h"

namespace laurel::prefetcher_test {
namespace {

using namespace std::chrono_literals;
using testing::StrEq;
using testing::ThrowsMessage;

const auto kThrowsThatNoneIsLeft =
    ThrowsMessage<std::logic_error>(StrEq("found no value left, expected one more"));

TEST(Prefetcher, GivesValuesInTheirOrder) {
  int made = 0;
  Prefetcher<std::unique_ptr<int>> prefetcher(100, [&] { return std::make_unique<int>(made++); });
  for (int i = 0; i < 100; ++i) EXPECT_EQ(*prefetcher.next(), i);
}

TEST(Prefetcher, MakesOneValueInAdvanceAndNoMore) {
  std::atomic<int> made = 0;
  Prefetcher<int> prefetcher(10, [&] { return ++made; });
  for (int taken = 0; taken < 3; ++taken) {
    while (made == taken) std::this_thread::yield();
    std::this_thread::sleep_for(5ms);
    EXPECT_EQ(made, taken + 1);
    prefetcher.next();
  }
}

TEST(Prefetcher, RethrowsWhatMakingAValueThrew) {
  int made = 0;
  Prefetcher<int> prefetcher(5, [&] {
    if (++made == 3) throw Error{ErrorKind::data, "the third"};
    return made;
  });
  EXPECT_EQ(prefetcher.next(), 1);
  EXPECT_EQ(prefetcher.next(), 2);
  for (int i = 0; i < 2; ++i) {
    try {
      prefetcher.next();
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.message, "the third");
    }
  }
}

TEST(Prefetcher, EndsEarlyWithoutMakingMore) {
  std::atomic<int> made = 0;
  {
    Prefetcher<int> prefetcher(1000, [&] { return ++made; });
    prefetcher.next();
  }
  const int then = made;
  EXPECT_LE(then, 2);
  std::this_thread::sleep_for(5ms);
  EXPECT_EQ(made, then);
}

TEST(Prefetcher, MakesNothingForACountOfNone) {
  std::atomic<int> made = 0;
  for (const int64_t none : {0, -7}) {
    Prefetcher<int> prefetcher(none, [&] { return ++made; });
    std::this_thread::sleep_for(5ms);
    EXPECT_THAT([&] { prefetcher.next(); }, kThrowsThatNoneIsLeft);
  }
  EXPECT_EQ(made, 0);
}

TEST(Prefetcher, ThrowsAfterItsLastValueInsteadOfWaiting) {
  int made = 0;
  Prefetcher<int> prefetcher(2, [&] { return ++made; });
  EXPECT_EQ(prefetcher.next(), 1);
  EXPECT_EQ(prefetcher.next(), 2);
  for (int i = 0; i < 2; ++i) EXPECT_THAT([&] { prefetcher.next(); }, kThrowsThatNoneIsLeft);
}

}  // namespace
}  // namespace laurel::prefetcher_test
