// BackgroundTask: runs one job at a time on a thread while the caller continues.
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <utility>

namespace laurel {

class BackgroundTask {
 public:
  // Waits for the previous job, then starts this one. If the previous job threw, rethrows that and
  // does not start this one.
  void start(std::function<void()> job) {
    wait();
    running_ = std::async(std::launch::async, std::move(job));
  }

  // If the job has ended: rethrows its exception, once. Does not wait.
  void check() {
    if (running_.valid() && running_.wait_for(std::chrono::seconds(0)) == std::future_status::ready)
      running_.get();
  }

  // Waits for the job, then rethrows its exception, once.
  void wait() {
    if (running_.valid()) running_.get();
  }

 private:
  std::future<void> running_;  // of std::async: destroying it waits
};

}  // namespace laurel
