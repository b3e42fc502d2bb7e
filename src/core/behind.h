// One job behind: done on a thread while the caller goes on.
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <utility>

namespace laurel {

class Behind {
 public:
  // Waits for the job before, then starts this one. Throws what the one before has thrown; this one
  // is not started then.
  void start(std::function<void()> job) {
    wait();
    running_ = std::async(std::launch::async, std::move(job));
  }

  // Throws what the last job has thrown, once, if it has ended.
  void check() {
    if (running_.valid() && running_.wait_for(std::chrono::seconds(0)) == std::future_status::ready)
      running_.get();
  }

  // The same, once it has ended.
  void wait() {
    if (running_.valid()) running_.get();
  }

 private:
  std::future<void> running_;  // of std::async: destroying it waits
};

}  // namespace laurel
