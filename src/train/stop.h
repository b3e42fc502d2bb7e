// SIGINT and SIGTERM as a flag that the loop looks at between steps.
#pragma once

namespace laurel {

// From here on the first signal only sets the flag; a second one ends the process at once with 128
// + signal.
void watch_stop_signals();

// The signal that asked to stop, 0 if none did.
int stop_signal();

}  // namespace laurel
