// Signals and the time limit: requests to stop or save, checked between steps.
#pragma once

#include <chrono>
#include <optional>

namespace laurel {

// From here on SIGINT and SIGTERM only set a flag, and SIGUSR1 another one; a second SIGINT or
// SIGTERM ends the process at once with 128 + signal.
void install_signal_handlers();

// The signal that asked to stop, 0 if none did.
int stop_signal();

// Whether SIGUSR1 came since the last call.
bool take_save_request();

// The end of a time limit, counted from when this was made.
class TimeLimit {
 public:
  explicit TimeLimit(std::optional<double> hours) : hours_(hours) {}

  // To be asked before the first step and once behind each: whether another one as long as the
  // longest so far would end behind the limit. The first step is always made.
  bool reached();

 private:
  using Clock = std::chrono::steady_clock;
  std::optional<double> hours_;
  Clock::time_point begin_ = Clock::now();
  std::optional<Clock::time_point> last_;
  Clock::duration longest_{};
};

}  // namespace laurel
