// OrderedReduction keeps the order of workers and passes failures on.
#include "model/ordered_reduction.h"

#include <gmock/gmock.h>

#include <chrono>
#include <stdexcept>
#include <thread>

namespace laurel::ordered_reduction_test {
namespace {

TEST(OrderedReduction, AddsInTheOrderOfWorkersWhicheverIsFaster) {
  for (const int slow : {0, 1, 2}) {
    OrderedReduction reduction(3);
    std::vector<std::vector<int>> order_of(4);
    {
      std::vector<std::jthread> threads;
      for (int worker = 0; worker < 3; ++worker) {
        threads.emplace_back([&, worker] {
          for (size_t i = 0; i < order_of.size(); ++i) {
            if (worker == slow) std::this_thread::sleep_for(std::chrono::milliseconds(2));
            reduction.add_in_order(worker, [&] { order_of[i].push_back(worker); });
          }
        });
      }
    }
    for (const auto& workers : order_of) EXPECT_THAT(workers, testing::ElementsAre(0, 1, 2));
  }
}

TEST(OrderedReduction, AWorkerThatFailsFailsThoseThatWaitForIt) {
  OrderedReduction reduction(2);
  std::string message;
  std::jthread waiting([&] {
    try {
      reduction.add_in_order(1, [] {});
    } catch (const std::runtime_error& error) {
      message = error.what();
    }
  });
  reduction.fail(std::make_exception_ptr(std::runtime_error("worker 0 has no memory")));
  waiting.join();
  EXPECT_EQ(message, "worker 0 has no memory");
  EXPECT_THAT([&] { reduction.add_in_order(1, [] {}); },
              testing::ThrowsMessage<std::runtime_error>(testing::StrEq("worker 0 has no memory")));
}

}  // namespace
}  // namespace laurel::ordered_reduction_test
