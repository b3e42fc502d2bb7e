// Turns keep the order of lanes, and pass on why a lane stopped.
#include "model/turns.h"

#include <gmock/gmock.h>

#include <chrono>
#include <stdexcept>
#include <thread>

namespace laurel {
namespace {

TEST(Turns, AdditionsHappenInTheOrderOfLanesWhicheverIsFaster) {
  for (const int slow : {0, 1, 2}) {
    Turns turns(3);
    std::vector<std::vector<int>> lanes_of(4);
    {
      std::vector<std::jthread> threads;
      for (int lane = 0; lane < 3; ++lane) {
        threads.emplace_back([&, lane] {
          for (size_t i = 0; i < lanes_of.size(); ++i) {
            if (lane == slow) std::this_thread::sleep_for(std::chrono::milliseconds(2));
            turns.next(lane, [&] { lanes_of[i].push_back(lane); });
          }
        });
      }
    }
    for (const auto& lanes : lanes_of) EXPECT_THAT(lanes, testing::ElementsAre(0, 1, 2));
  }
}

TEST(Turns, LanesThatWaitForOneThatStoppedThrowWhatItThrew) {
  Turns turns(2);
  std::string message;
  std::jthread waiting([&] {
    try {
      turns.next(1, [] {});
    } catch (const std::runtime_error& error) {
      message = error.what();
    }
  });
  turns.fail(std::make_exception_ptr(std::runtime_error("lane 0 has no memory")));
  waiting.join();
  EXPECT_EQ(message, "lane 0 has no memory");
  EXPECT_THROW(turns.next(1, [] {}), std::runtime_error);
}

}  // namespace
}  // namespace laurel
