// One value ahead: made on a thread while the caller uses the one before.
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
class Ahead {
 public:
  // Calls make() `count` times at most, one after the other, on a thread of its own: the next value
  // is begun when the last one was taken, so that one at most lies ready.
  Ahead(int64_t count, std::function<T()> make)
      : left_(count),
        untaken_(count),
        make_(std::move(make)),
        thread_([this](const std::stop_token& stop) { run(stop); }) {}

  // In the order in which they were made. What make() throws is thrown here in place of its value,
  // and again ever after. Throws std::logic_error behind the last value, where nothing would come.
  T next() {
    std::unique_lock lock(mutex_);
    if (untaken_ <= 0) throw std::logic_error("found no value left, expected one more");
    changed_.wait(lock, [&] { return ready_ || failure_; });
    if (!ready_) std::rethrow_exception(failure_);
    T value = std::move(*ready_);
    ready_.reset();
    --untaken_;
    changed_.notify_all();
    return value;
  }

 private:
  void run(const std::stop_token& stop) {
    try {
      for (; left_ > 0; --left_) {
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

  int64_t left_;     // to be made, the thread's
  int64_t untaken_;  // made or not, the caller's
  std::function<T()> make_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<T> ready_;
  std::exception_ptr failure_;
  std::jthread thread_;  // behind all that it uses: it is joined first
};

}  // namespace laurel
