// What fork_client sends to fork_server: the process that it stands for.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <optional>
#include <string>
#include <vector>

namespace laurel {

constexpr int kStandardStreams = 3;

struct Process {
  std::vector<std::string> arguments, environment;
  std::string folder;
  int streams[kStandardStreams] = {0, 1, 2};  // input, output, errors
};

// An abstract socket: it has a name, and no file.
struct Address {
  sockaddr_un socket{};

  explicit Address(const std::string& name) {
    socket.sun_family = AF_UNIX;
    name.copy(socket.sun_path + 1, sizeof(socket.sun_path) - 1);
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&socket); }
};

// A message of one byte with room for the descriptors of the streams.
struct StreamsMessage {
  char byte = 0;
  iovec part{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(Process::streams))] = {};
  msghdr message{};

  StreamsMessage() {
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
  }
  StreamsMessage(const StreamsMessage&) = delete;
};

inline bool send_all(int socket, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t sent = ::send(socket, bytes, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes += sent;
    size -= static_cast<size_t>(sent);
  }
  return true;
}

inline bool receive_all(int socket, char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t got = ::recv(socket, bytes, size, 0);
    if (got <= 0) return false;
    bytes += got;
    size -= static_cast<size_t>(got);
  }
  return true;
}

// A byte with the streams, the size of the texts, and the texts, each closed by a NUL: the folder, the
// number of arguments, the arguments, the environment.
inline bool send_process(int socket, const Process& process) {
  StreamsMessage streams;
  cmsghdr* const header = CMSG_FIRSTHDR(&streams.message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(process.streams));
  std::memcpy(CMSG_DATA(header), process.streams, sizeof(process.streams));
  if (::sendmsg(socket, &streams.message, MSG_NOSIGNAL) != 1) return false;
  std::string texts;
  const auto add = [&](const std::string& text) { texts.append(text.c_str(), text.size() + 1); };
  add(process.folder);
  add(std::to_string(process.arguments.size()));
  for (const std::string& argument : process.arguments) add(argument);
  for (const std::string& variable : process.environment) add(variable);
  const size_t size = texts.size();
  return send_all(socket, reinterpret_cast<const char*>(&size), sizeof(size)) &&
         send_all(socket, texts.data(), size);
}

inline std::optional<Process> receive_process(int socket) {
  Process process;
  StreamsMessage streams;
  if (::recvmsg(socket, &streams.message, MSG_CMSG_CLOEXEC) != 1) return std::nullopt;
  const cmsghdr* const header = CMSG_FIRSTHDR(&streams.message);
  if (!header || header->cmsg_len != CMSG_LEN(sizeof(process.streams))) return std::nullopt;
  std::memcpy(process.streams, CMSG_DATA(header), sizeof(process.streams));
  size_t size = 0;
  if (!receive_all(socket, reinterpret_cast<char*>(&size), sizeof(size))) return std::nullopt;
  std::string texts(size, '\0');
  if (!receive_all(socket, texts.data(), size)) return std::nullopt;
  std::vector<std::string> all;
  for (size_t at = 0; at < size; at += all.back().size() + 1) all.emplace_back(texts.c_str() + at);
  const size_t arguments = std::stoul(all[1]);
  process.folder = all[0];
  process.arguments.assign(all.begin() + 2, all.begin() + 2 + static_cast<int64_t>(arguments));
  process.environment.assign(all.begin() + 2 + static_cast<int64_t>(arguments), all.end());
  return process;
}

}  // namespace laurel
