// parallel_pipeline: items are made in order, worked on by several threads, and taken in order.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace laurel {

template <class T>
struct PipelineStages {
  std::function<std::optional<T>()> make;  // the next item; nullopt: there is none
  std::function<void(T&)> work;
  std::function<void(T&)> take;         // in the order in which they were made
  std::function<void()> progress = {};  // on the calling thread, a few times a second
};

// make() and take() are called by the threads that work, each by one at a time. What a stage throws
// at an item is thrown here, after all items before it were taken and none behind it.
template <class T>
class ParallelPipeline {
 public:
  ParallelPipeline(int threads, PipelineStages<T> stages)
      : threads_(std::max(1, threads)), stages_(std::move(stages)) {}

  void run() {
    running_ = threads_;
    std::vector<std::jthread> pool;
    for (int i = 0; i < threads_; ++i) pool.emplace_back([this] { run_thread(); });
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, kProgressEvery, [&] { return running_ == 0; })) {
      lock.unlock();
      tell_progress();
      lock.lock();
    }
    lock.unlock();
    pool.clear();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  static constexpr std::chrono::milliseconds kProgressEvery{250};

  // What a stage has made of an item; neither of the two: the end.
  struct Slot {
    std::optional<T> item;
    std::exception_ptr failure;
  };

  void run_thread() {
    while (auto numbered = next()) {
      auto& [number, slot] = *numbered;
      if (slot.item) guard(slot, [&] { stages_.work(*slot.item); });
      deliver(number, std::move(slot));
    }
    const std::lock_guard lock(mutex_);
    --running_;
    changed_.notify_all();
  }

  std::optional<std::pair<int64_t, Slot>> next() {
    const std::lock_guard making(making_);
    {
      std::unique_lock lock(mutex_);
      const int64_t most = 2 * threads_;  // that are made and not taken
      changed_.wait(lock, [&] { return ended_ || made_ - taken_ < most; });
      if (ended_) return std::nullopt;
    }
    Slot slot;
    guard(slot, [&] { slot.item = stages_.make(); });
    const std::lock_guard lock(mutex_);
    ended_ |= !slot.item;
    return std::pair(made_++, std::move(slot));
  }

  // The thread that brings the next item in order takes it, and those that wait behind it.
  void deliver(int64_t number, Slot slot) {
    std::unique_lock lock(mutex_);
    done_.emplace(number, std::move(slot));
    if (taking_) return;
    taking_ = true;
    while (!done_.empty() && done_.begin()->first == taken_) {
      Slot first = std::move(done_.extract(done_.begin()).mapped());
      const bool failed = failure_ != nullptr;
      lock.unlock();
      if (!failed) {
        if (first.item) guard(first, [&] { stages_.take(*first.item); });
        if (first.failure) fail(first.failure);
      }
      first = {};
      lock.lock();
      ++taken_;
      changed_.notify_all();
    }
    taking_ = false;
  }

  // An item at which a stage threw goes no further.
  static void guard(Slot& slot, const auto& stage) {
    try {
      stage();
    } catch (...) {
      slot.item.reset();
      slot.failure = std::current_exception();
    }
  }

  void fail(std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(failure);
    ended_ = true;
    changed_.notify_all();
  }

  void tell_progress() {
    if (!stages_.progress) return;
    try {
      stages_.progress();
    } catch (...) {
      fail(std::current_exception());
    }
  }

  int threads_;
  PipelineStages<T> stages_;
  std::mutex making_;
  std::mutex mutex_;  // of all that follows
  std::condition_variable changed_;
  std::map<int64_t, Slot> done_;
  int64_t made_ = 0, taken_ = 0;
  int running_ = 0;
  bool ended_ = false, taking_ = false;
  std::exception_ptr failure_;
};

}  // namespace laurel
