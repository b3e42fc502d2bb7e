// Signal dispositions and Rust's panic hook.
#include "core/process.h"

#include <csignal>

#include "laurel_rust.h"

namespace laurel {

void ignore_broken_pipes() { std::signal(SIGPIPE, SIG_IGN); }

void silence_rust_panics() { laurel_silence_panics(); }

}  // namespace laurel
