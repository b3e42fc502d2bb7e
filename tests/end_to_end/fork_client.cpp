// Stands for a process of laurel: has it made by fork_server, at the abstract socket named by
// LAUREL_FORK_SERVER, and ends as it does.
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "end_to_end/fork_messages.h"

static int connected_to(const char* name) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const laurel::Address address(name);
  return ::connect(socket, address.get(), sizeof(address.socket)) == 0 ? socket : -1;
}

int main(int argc, char** argv, char** variables) {
  const char* const name = std::getenv("LAUREL_FORK_SERVER");
  const int socket = name ? connected_to(name) : -1;
  laurel::Process process{.arguments = {argv, argv + argc},
                          .folder = std::filesystem::current_path()};
  for (char** variable = variables; *variable; ++variable) process.environment.push_back(*variable);
  int status = 0;
  if (socket < 0 || !laurel::send_process(socket, process) ||
      !laurel::receive_all(socket, reinterpret_cast<char*>(&status), sizeof(status))) {
    std::fprintf(stderr, "fork_client: no answer of the fork server\n");
    return 127;
  }
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);  // the process itself has dumped its core
  ::signal(WTERMSIG(status), SIG_DFL);
  ::raise(WTERMSIG(status));
  return 127;
}
