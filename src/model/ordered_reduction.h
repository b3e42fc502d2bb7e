// OrderedReduction: workers add to one gradient buffer in worker order, so that the sum does not
// depend on which of them is faster.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <vector>

namespace laurel {

// Every worker makes the same additions in the same order; addition i of a worker waits for
// addition i of the worker before it.
class OrderedReduction {
 public:
  explicit OrderedReduction(int64_t workers) : done_(workers) {}

  // Waits for the same addition of the worker before, then makes it.
  template <class Addition>
  void add_in_order(int64_t worker, const Addition& addition) {
    const int64_t index = done_[worker].load(std::memory_order_relaxed);
    if (worker > 0) wait_for(worker - 1, index);
    addition();
    done_[worker].store(index + 1, std::memory_order_release);
    done_[worker].notify_all();
  }

  // Called by a worker that fails: workers that wait for it throw the same exception.
  void fail(std::exception_ptr failure);

 private:
  void wait_for(int64_t worker, int64_t index);

  std::vector<std::atomic<int64_t>> done_;  // additions made, by worker
  std::mutex mutex_;
  std::exception_ptr failure_;
};

}  // namespace laurel
