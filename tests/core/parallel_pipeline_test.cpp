// ParallelPipeline: every item once, taken in order, and what goes wrong ends it at its place.
#include "core/parallel_pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <thread>
#include <vector>

#include "core/error.h"
#include "core/str.h"
#include "support/error_of.h"

namespace laurel::parallel_pipeline_test {
namespace {

struct Item {
  int number;
  int square = 0;
};

enum class At { nowhere, make, work, take };

// Squares of 0 to n - 1 that were taken; at item `number` the stage throws.
struct Squares {
  int n = 300;
  At at = At::nowhere;
  int number = -1;
  std::vector<int> taken = {};

  void fail_at(At stage, int item) const {
    if (stage == at && item == number) throw Error{ErrorKind::data, str("item ", item)};
  }

  void run(int threads) {
    int next = 0;
    ParallelPipeline<Item>(threads, {.make = [&]() -> std::optional<Item> {
                                       fail_at(At::make, next);
                                       if (next == n) return std::nullopt;
                                       return Item{next++};
                                     },
                                     .work =
                                         [&](Item& item) {
                                           fail_at(At::work, item.number);
                                           item.square += item.number * item.number;
                                         },
                                     .take =
                                         [&](Item& item) {
                                           fail_at(At::take, item.number);
                                           taken.push_back(item.square);
                                         }})
        .run();
  }
};

std::vector<int> squares_below(int n) {
  std::vector<int> squares;
  for (int i = 0; i < n; ++i) squares.push_back(i * i);
  return squares;
}

TEST(ParallelPipeline, TakesEveryItemOnceInOrder) {
  for (const int threads : {1, 2, 7}) {
    Squares all;
    all.run(threads);
    EXPECT_EQ(all.taken, squares_below(300));
  }
}

TEST(ParallelPipeline, TakesNothingOfNothing) {
  Squares none{.n = 0};
  none.run(2);
  EXPECT_THAT(none.taken, testing::IsEmpty());
}

TEST(ParallelPipeline, TakesWhatComesBeforeAnErrorAndNothingBehindIt) {
  for (const int threads : {1, 2, 7}) {
    for (const At at : {At::make, At::work, At::take}) {
      Squares some{.at = at, .number = 40};
      EXPECT_EQ(test::error_of(ErrorKind::data, [&] { some.run(threads); }), "item 40");
      EXPECT_EQ(some.taken, squares_below(40)) << threads;
    }
  }
}

TEST(ParallelPipeline, EndsWhereProgressThrows) {
  int next = 0;
  ParallelPipeline<Item> endless(
      2, {.make = [&]() -> std::optional<Item> { return Item{next++}; },
          .work = [](Item&) { std::this_thread::sleep_for(std::chrono::milliseconds(1)); },
          .take = [](Item&) {},
          .progress =
              [] {
                throw Error{ErrorKind::data, "stopped"};
              }});
  EXPECT_EQ(test::error_of(ErrorKind::data, [&] { endless.run(); }), "stopped");
}

}  // namespace
}  // namespace laurel::parallel_pipeline_test
