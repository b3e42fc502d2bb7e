// Waiting and failing of lanes.
#include "model/turns.h"

#include <limits>

namespace laurel {

namespace {

constexpr int64_t kFailed = std::numeric_limits<int64_t>::max();

}  // namespace

void Turns::wait_for(int64_t lane, int64_t turn) {
  int64_t done = done_[lane].load(std::memory_order_acquire);
  while (done != kFailed && done <= turn) {
    done_[lane].wait(done, std::memory_order_acquire);
    done = done_[lane].load(std::memory_order_acquire);
  }
  if (done != kFailed) return;
  const std::lock_guard lock(mutex_);
  std::rethrow_exception(failure_);
}

void Turns::fail(std::exception_ptr failure) {
  const std::lock_guard lock(mutex_);
  if (!failure_) failure_ = std::move(failure);
  for (std::atomic<int64_t>& done : done_) {
    done.store(kFailed, std::memory_order_release);
    done.notify_all();
  }
}

}  // namespace laurel
