// The one piece of global state: a signal handler can reach nothing else.
#include "train/stop.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

namespace laurel {

static std::atomic<int> received = 0;
static_assert(std::atomic<int>::is_always_lock_free);

static void handle(int signal) {
  if (received.exchange(signal) != 0) ::_exit(128 + signal);
}

void watch_stop_signals() {
  struct sigaction action = {};
  action.sa_handler = handle;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

int stop_signal() { return received; }

}  // namespace laurel
