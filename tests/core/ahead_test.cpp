// Values made ahead: their order, how far ahead, failures, and an early end.
#include "core/ahead.h"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include "core/error.h"

namespace laurel {
namespace {

using namespace std::chrono_literals;

TEST(Ahead, GivesValuesInTheirOrder) {
  int made = 0;
  Ahead<std::unique_ptr<int>> ahead(100, [&] { return std::make_unique<int>(made++); });
  for (int i = 0; i < 100; ++i) EXPECT_EQ(*ahead.next(), i);
}

TEST(Ahead, MakesTheNextValueWhileTheLastOneIsUsedAndNoneBeyond) {
  std::atomic<int> made = 0;
  Ahead<int> ahead(10, [&] { return ++made; });
  for (int taken = 0; taken < 3; ++taken) {
    while (made == taken) std::this_thread::yield();
    std::this_thread::sleep_for(5ms);
    EXPECT_EQ(made, taken + 1);
    ahead.next();
  }
}

TEST(Ahead, ThrowsWhatWasThrownInPlaceOfItsValue) {
  int made = 0;
  Ahead<int> ahead(5, [&] {
    if (++made == 3) throw Error{ErrorKind::data, "the third"};
    return made;
  });
  EXPECT_EQ(ahead.next(), 1);
  EXPECT_EQ(ahead.next(), 2);
  for (int i = 0; i < 2; ++i) {
    try {
      ahead.next();
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.message, "the third");
    }
  }
}

TEST(Ahead, EndsEarlyWithoutMakingMore) {
  std::atomic<int> made = 0;
  {
    Ahead<int> ahead(1000, [&] { return ++made; });
    ahead.next();
  }
  const int then = made;
  EXPECT_LE(then, 2);
  std::this_thread::sleep_for(5ms);
  EXPECT_EQ(made, then);
}

TEST(Ahead, MakesNothingForACountOfNone) {
  Ahead<int> ahead(0, [] { return 1; });
}

TEST(Ahead, ThrowsBehindItsLastValueInsteadOfWaiting) {
  int made = 0;
  Ahead<int> ahead(2, [&] { return ++made; });
  EXPECT_EQ(ahead.next(), 1);
  EXPECT_EQ(ahead.next(), 2);
  EXPECT_THROW(ahead.next(), std::logic_error);
  EXPECT_THROW(ahead.next(), std::logic_error);
  for (const int64_t none : {0, -7}) {
    Ahead<int> empty(none, [] { return 1; });
    EXPECT_THROW(empty.next(), std::logic_error);
  }
}

}  // namespace
}  // namespace laurel
