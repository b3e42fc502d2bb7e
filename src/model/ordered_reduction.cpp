// Waits for the worker before, and passes its failure on.
#include "model/ordered_reduction.h"

#include <limits>

namespace laurel {

namespace {

constexpr int64_t kFailed = std::numeric_limits<int64_t>::max();

}  // namespace

void OrderedReduction::wait_for(int64_t worker, int64_t index) {
  int64_t done = done_[worker].load(std::memory_order_acquire);
  while (done != kFailed && done <= index) {
    done_[worker].wait(done, std::memory_order_acquire);
    done = done_[worker].load(std::memory_order_acquire);
  }
  if (done != kFailed) return;
  const std::lock_guard lock(mutex_);
  std::rethrow_exception(failure_);
}

void OrderedReduction::fail(std::exception_ptr failure) {
  const std::lock_guard lock(mutex_);
  if (!failure_) failure_ = std::move(failure);
  for (std::atomic<int64_t>& done : done_) {
    done.store(kFailed, std::memory_order_release);
    done.notify_all();
  }
}

}  // namespace laurel
