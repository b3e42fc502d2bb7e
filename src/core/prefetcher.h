// Prefetcher: makes the next value on a thread while the caller uses the current one.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

namespace laurel {

template <class T>
class Prefetcher {
 public:
  // Calls make() at most `count` times, one call at a time, on a thread of its own. At most one
  // value is kept ready: making the next one starts when it was taken.
  Prefetcher(int64_t count, std::function<T()> make)
      : not_made_(count),
        not_taken_(count),
        make_(std::move(make)),
        thread_([this](const std::stop_token& stop) { run(stop); }) {}

  // The values in the order in which they were made. An exception of make() is rethrown here
  // instead of its value, and by every later call. Throws std::logic_error after the last value.
  T next() {
    std::unique_lock lock(mutex_);
    if (not_taken_ <= 0) throw std::logic_error("found no value left, expected one more");
    changed_.wait(lock, [&] { return ready_ || failure_; });
    if (!ready_) std::rethrow_exception(failure_);
    T value = std::move(*ready_);
    ready_.reset();
    --not_taken_;
    changed_.notify_all();
    return value;
  }

 private:
  void run(const std::stop_token& stop) {
    try {
      for (; not_made_ > 0; --not_made_) {
        std::unique_lock lock(mutex_);
        if (!changed_.wait(lock, stop, [&] { return !ready_; })) return;
        lock.unlock();
        T value = make_();
        lock.lock();
        ready_ = std::move(value);
        changed_.notify_all();
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
      changed_.notify_all();
    }
  }

  int64_t not_made_;   // used by the thread only
  int64_t not_taken_;  // used by the caller only
  std::function<T()> make_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<T> ready_;
  std::exception_ptr failure_;
  std::jthread thread_;  // last member: it is joined before what it uses goes
};

}  // namespace laurel
