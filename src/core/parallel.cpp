// parallel_for with threads started for each call: tokenising takes far longer than starting
// threads.
#include "core/parallel.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace laurel {

int available_cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1u, std::thread::hardware_concurrency());
}

void parallel_for(int64_t n, int threads, const std::function<void(int64_t)>& work,
                  const std::function<void(int64_t)>& progress) {
  std::atomic<int64_t> next = 0, done = 0;
  std::atomic<int> running = 0;
  std::exception_ptr failure;
  std::mutex mutex;
  std::condition_variable stopped;
  const auto run = [&] {
    try {
      for (int64_t i = next++; i < n; i = next++) {
        work(i);
        ++done;
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
      next = n;
    }
    const std::lock_guard lock(mutex);
    --running;
    stopped.notify_one();
  };
  std::vector<std::jthread> pool;
  const int count = static_cast<int>(std::min<int64_t>(std::max(1, threads), n));
  running = count;
  for (int i = 0; i < count; ++i) pool.emplace_back(run);
  std::unique_lock lock(mutex);
  while (!stopped.wait_for(lock, std::chrono::milliseconds(250), [&] { return running == 0; })) {
    if (progress) progress(done);
  }
  lock.unlock();
  pool.clear();
  if (failure) std::rethrow_exception(failure);
  if (progress) progress(done);
}

}  // namespace laurel
