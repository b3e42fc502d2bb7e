// Workers add to one gradient buffer in the order of their lanes, so that a sum does not depend on
// which of them is faster.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <vector>

namespace laurel {

// Every lane makes the same additions in the same order; addition i of a lane waits for addition i
// of the lane before it.
class Turns {
 public:
  explicit Turns(int64_t lanes) : done_(lanes) {}

  // Makes the lane's next addition when its turn has come.
  template <class Addition>
  void next(int64_t lane, const Addition& addition) {
    const int64_t turn = done_[lane].load(std::memory_order_relaxed);
    if (lane > 0) wait_for(lane - 1, turn);
    addition();
    done_[lane].store(turn + 1, std::memory_order_release);
    done_[lane].notify_all();
  }

  // A lane that stops says why, and the lanes that wait for it throw the same.
  void fail(std::exception_ptr failure);

 private:
  void wait_for(int64_t lane, int64_t turn);

  std::vector<std::atomic<int64_t>> done_;  // additions made, by lane
  std::mutex mutex_;
  std::exception_ptr failure_;
};

}  // namespace laurel
