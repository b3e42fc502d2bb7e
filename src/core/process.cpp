// Standard descriptors, signal dispositions, Rust's panic hook, and the end.
#include "core/process.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <iostream>

#include "laurel_rust.h"

namespace laurel {

void open_closed_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number is this one: those below it are open by now.
    if (::open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY) < 0) return;
  }
}

void ignore_file_size_signal() { std::signal(SIGXFSZ, SIG_IGN); }

void ignore_broken_pipes() { std::signal(SIGPIPE, SIG_IGN); }

void silence_rust_panics() { laurel_silence_panics(); }

void end_process(int code) {
#ifdef __SANITIZE_ADDRESS__
  std::exit(code);  // which looks for leaks
#endif
  std::cout.flush();
  std::cerr.flush();
  std::fflush(nullptr);
  std::_Exit(code);
}

}  // namespace laurel
