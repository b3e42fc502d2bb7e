// parallel_for: every index once, and errors come back.
#include "core/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "core/error.h"
#include "support/error_of.h"

namespace laurel::parallel_test {
namespace {

TEST(ParallelFor, VisitsEveryIndexOnce) {
  for (const int threads : {1, 2, 7}) {
    std::vector<std::atomic<int>> visits(1000);
    parallel_for(1000, threads, [&](int64_t i) { ++visits[i]; });
    for (const auto& count : visits) EXPECT_EQ(count, 1);
  }
}

TEST(ParallelFor, DoesNothingForNothing) {
  parallel_for(0, 2, [](int64_t) { FAIL(); });
}

TEST(ParallelFor, ThrowsTheWorkersError) {
  const auto fail_at_40 = [](int64_t i) {
    if (i == 40) throw Error{ErrorKind::data, "row 40"};
  };
  EXPECT_EQ(test::error_of(ErrorKind::data, [&] { parallel_for(100, 2, fail_at_40); }), "row 40");
}

}  // namespace
}  // namespace laurel::parallel_test
