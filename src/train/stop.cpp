// Signal handlers; their flags are the only global state of the program.
#include "train/stop.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>

namespace laurel {

static std::atomic<int> received_signal = 0;
static std::atomic<bool> save_requested = false;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

static void handle(int signal) {
  if (received_signal.exchange(signal) != 0) ::_exit(128 + signal);
}

static void handle_save(int) { save_requested = true; }

void install_signal_handlers() {
  struct sigaction action = {};
  action.sa_handler = handle;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = handle_save;
  ::sigaction(SIGUSR1, &action, nullptr);
}

int stop_signal() { return received_signal; }

bool take_save_request() { return save_requested.exchange(false); }

bool TimeLimit::reached() {
  if (!hours_) return false;
  const Clock::time_point now = Clock::now();
  const bool first = !last_;
  if (last_) longest_ = std::max(longest_, now - *last_);
  last_ = now;
  if (first) return false;  // a run that is started again and again gets on
  return std::chrono::duration<double>(now + longest_ - begin_).count() > *hours_ * 3600;
}

}  // namespace laurel
