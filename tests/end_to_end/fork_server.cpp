// laurel's main() in a process that has loaded LibTorch, which takes longer than most runs of a tiny
// model; forked for each process that fork_client asks for. What differs from build/laurel: variables
// that are read while libraries load, umask and limits are those of the tests, all runs have one
// address layout, and the token cache knows another program.
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

// Nothing of LibTorch runs before the fork, which does not copy threads.
[[noreturn]] void become(laurel::Process process) {
  for (int i = 0; i < laurel::kStandardStreams; ++i) ::dup2(process.streams[i], i);
  for (const int stream : process.streams) {
    if (stream >= laurel::kStandardStreams) ::close(stream);
  }
  if (::chdir(process.folder.c_str()) != 0) ::_exit(127);
  ::clearenv();
  for (std::string& variable : process.environment) ::putenv(variable.data());
  std::vector<char*> arguments;
  for (std::string& argument : process.arguments) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  std::exit(laurel_main(static_cast<int>(arguments.size()) - 1, arguments.data()));
}

// It ends with the process that made it, and so with the tests.
void end_with_parent() { ::prctl(PR_SET_PDEATHSIG, SIGKILL); }

// Waits for the process and tells how it ended; nothing where it could not be made.
void serve(int connection) {
  auto process = laurel::receive_process(connection);
  if (!process) return;
  const pid_t child = ::fork();
  if (child < 0) return;
  if (child == 0) {
    end_with_parent();
    ::close(connection);
    become(std::move(*process));
  }
  for (const int stream : process->streams) ::close(stream);
  int status = 0;
  pid_t ended = -1;
  do ended = ::waitpid(child, &status, 0);
  while (ended < 0 && errno == EINTR);
  if (ended != child) return;
  laurel::send_all(connection, reinterpret_cast<const char*>(&status), sizeof(status));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  ::signal(SIGCHLD, SIG_DFL);
  const int listening = std::stoi(argv[1]);
  for (;;) {
    const int connection = ::accept(listening, nullptr, nullptr);
    if (connection < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (connection < 0) return 1;
    while (::waitpid(-1, nullptr, WNOHANG) > 0) continue;
    if (::fork() == 0) {
      end_with_parent();
      ::close(listening);
      serve(connection);
      ::_exit(0);
    }
    ::close(connection);
  }
}
