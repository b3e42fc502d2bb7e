// laurel's main() with LibTorch loaded, forked for each process that fork_client asks for.
//
//   fork_server SOCKET    the descriptor of a socket that listens
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "end_to_end/fork_messages.h"

int laurel_main(int argc, char** argv);  // src/main.cpp, compiled under this name

namespace {

// Nothing of LibTorch runs before the fork: its threads would be missing behind it.
[[noreturn]] void become(laurel::Process process) {
  for (int i = 0; i < laurel::kStandardStreams; ++i) ::dup2(process.streams[i], i);
  for (const int stream : process.streams) ::close(stream);
  if (::chdir(process.folder.c_str()) != 0) ::_exit(127);
  ::clearenv();
  for (std::string& variable : process.environment) ::putenv(variable.data());
  std::vector<char*> arguments;
  for (std::string& argument : process.arguments) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  std::exit(laurel_main(static_cast<int>(arguments.size()) - 1, arguments.data()));
}

// Waits for the process and tells how it ended.
void serve(int connection) {
  auto process = laurel::receive_process(connection);
  if (!process) return;
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(connection);
    become(std::move(*process));
  }
  for (const int stream : process->streams) ::close(stream);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  laurel::send_all(connection, reinterpret_cast<const char*>(&status), sizeof(status));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // it ends with the tests
  const int listening = std::stoi(argv[1]);
  for (;;) {
    const int connection = ::accept(listening, nullptr, nullptr);
    if (connection < 0) continue;
    while (::waitpid(-1, nullptr, WNOHANG) > 0) continue;
    if (::fork() == 0) {
      ::close(listening);
      serve(connection);
      ::_exit(0);
    }
    ::close(connection);
  }
}
