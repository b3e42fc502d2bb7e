// The server inherits a socket that listens already, so that no client comes too early.
#include "end_to_end/forked.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "core/str.h"
#include "end_to_end/fork_messages.h"

namespace laurel {

// The path of its client.
static std::string start_fork_server() {
  const std::string name = str("laurel_tests_", ::getpid());
  const Address address(name);
  const int listening = ::socket(AF_UNIX, SOCK_STREAM, 0);
  if (::bind(listening, address.get(), sizeof(address.socket)) != 0 ||
      ::listen(listening, 16) != 0) {
    ADD_FAILURE() << "no socket for the fork server: " << std::strerror(errno);
  }
  const std::string server = str(LAUREL_BINARY_DIR, "/laurel_fork_server");
  const std::string socket = std::to_string(listening);
  if (::fork() == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // kept by exec
    ::execl(server.c_str(), server.c_str(), socket.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(listening);
  ::setenv("LAUREL_FORK_SERVER", name.c_str(), 1);
  return str(LAUREL_BINARY_DIR, "/laurel_fork_client");
}

std::string program_under(const std::string& limits) {
  if (!limits.empty()) return str(LAUREL_BINARY_DIR, "/laurel");
  static const std::string client = start_fork_server();
  return client;
}

}  // namespace laurel
