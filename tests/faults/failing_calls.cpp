// Stands before the C library's calls and makes the system's itself. Preloaded, it reads:
//   FAULTS_FOLDER, FAULTS_KIND (none, short_write, kill_before, kill_half, kill_after, or an
//   errno), FAULTS_CALL, FAULTS_DISK_BYTES, and FAULTS_TRACE, a file for one line a counted call.
#include "faults/failing_calls.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <mutex>

namespace laurel::faults {

namespace {

struct State {
  std::mutex lock;
  bool armed = false;
  Plan plan;
  int64_t calls = 0, written = 0;
  std::vector<std::string> trace;
  int trace_file = -1;
};

State& state() {
  static State& the = *new State;  // never destroyed: calls are made until the very end
  return the;
}

std::string absolute(const char* path) {
  if (path[0] == '/') return path;
  std::array<char, PATH_MAX> here{};
  return std::string(::getcwd(here.data(), here.size()) ? here.data() : "") + "/" + path;
}

std::string path_of(int fd) {
  std::array<char, PATH_MAX> target{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = ::readlink(link.c_str(), target.data(), target.size());
  return {target.data(), static_cast<size_t>(std::max<ssize_t>(size, 0))};
}

bool lies_in(const std::string& path, const std::string& folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

[[noreturn]] void die() {
  ::syscall(SYS_kill, ::getpid(), SIGKILL);
  for (;;) ::pause();
}

struct Verdict {
  int error = 0;
  size_t bytes = 0;  // at most so many
  bool kill_before = false, kill_after = false;
};

// What becomes of the next call.
Verdict judge(const char* kind, const std::string& path, size_t bytes) {
  State& the = state();
  const std::lock_guard hold(the.lock);
  const Plan& plan = the.plan;
  Verdict verdict{.bytes = bytes};
  if (!the.armed || !lies_in(path, plan.folder)) return verdict;
  ++the.calls;
  std::string line = std::string(kind) + " " +
                     (path == plan.folder ? "." : path.substr(plan.folder.size() + 1)) + " " +
                     std::to_string(bytes);
  the.trace.push_back(line);
  line += "\n";
  if (the.trace_file >= 0) ::syscall(SYS_write, the.trace_file, line.data(), line.size());
  const bool writes = std::string_view(kind) == "write";
  if (writes) {
    const int64_t room = std::max<int64_t>(plan.disk_bytes - the.written, 0);
    verdict.bytes = static_cast<size_t>(std::min<int64_t>(room, static_cast<int64_t>(bytes)));
    if (bytes > 0 && verdict.bytes == 0) verdict.error = ENOSPC;
    the.written += static_cast<int64_t>(verdict.bytes);
  }
  if (the.calls != plan.call) return verdict;
  const bool never = plan.error == EINTR && std::string_view(kind) == "mkdir";
  if (plan.fault == Fault::fail && !never) verdict.error = plan.error;
  if (plan.fault == Fault::short_write && writes) verdict.bytes = bytes - bytes / 2;
  if (plan.fault == Fault::kill_half && writes) verdict.bytes = bytes / 2;
  verdict.kill_before =
      plan.fault == Fault::kill_before || (plan.fault == Fault::kill_half && verdict.bytes == 0);
  verdict.kill_after = plan.fault == Fault::kill_after || plan.fault == Fault::kill_half;
  return verdict;
}

// Makes the call, of at most so many bytes, unless it is to fail.
template <class Call>
ssize_t made(const char* kind, const std::string& path, size_t bytes, const Call& call) {
  const Verdict verdict = judge(kind, path, bytes);
  if (verdict.kill_before) die();
  if (verdict.error != 0) {
    errno = verdict.error;
    return -1;
  }
  const ssize_t result = call(verdict.bytes);
  if (verdict.kill_after) die();
  return result;
}

int opened(const char* path, int flags, mode_t mode) {
  const auto call = [&](size_t) { return ::syscall(SYS_openat, AT_FDCWD, path, flags, mode); };
  if ((flags & O_ACCMODE) == O_RDONLY) return static_cast<int>(call(0));
  return static_cast<int>(made("open", absolute(path), 0, call));
}

mode_t mode_in(int flags, va_list rest) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
}

ssize_t written(int fd, const void* data, size_t bytes) {
  return made("write", path_of(fd), bytes,
              [&](size_t n) { return ::syscall(SYS_write, fd, data, n); });
}

ssize_t written_at(int fd, const void* data, size_t bytes, off_t at) {
  return made("write", path_of(fd), bytes,
              [&](size_t n) { return ::syscall(SYS_pwrite64, fd, data, n, at); });
}

int flushed(int fd, long call) {
  struct stat status {};
  const bool folder = ::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
  return static_cast<int>(made(folder ? "fsync_folder" : "fsync", path_of(fd), 0,
                               [&](size_t) { return ::syscall(call, fd); }));
}

int cut(int fd, off_t size) {
  return static_cast<int>(made("ftruncate", path_of(fd), 0,
                               [&](size_t) { return ::syscall(SYS_ftruncate, fd, size); }));
}

const char* variable(const char* name) {
  const char* const value = std::getenv(name);
  return value ? value : "";
}

Plan plan_in_environment() {
  Plan plan{.folder = variable("FAULTS_FOLDER"), .call = std::atoll(variable("FAULTS_CALL"))};
  if (*variable("FAULTS_DISK_BYTES")) plan.disk_bytes = std::atoll(variable("FAULTS_DISK_BYTES"));
  const std::string kind = variable("FAULTS_KIND");
  if (kind == "short_write") plan.fault = Fault::short_write;
  if (kind == "kill_before") plan.fault = Fault::kill_before;
  if (kind == "kill_half") plan.fault = Fault::kill_half;
  if (kind == "kill_after") plan.fault = Fault::kill_after;
  plan.error = std::atoi(kind.c_str());
  if (plan.error != 0) plan.fault = Fault::fail;
  return plan;
}

[[gnu::constructor]] void begin() {
  if (!*variable("FAULTS_FOLDER")) return;
  const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
  if (const char* trace = variable("FAULTS_TRACE"); *trace) {
    state().trace_file = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, trace, flags, 0644));
  }
  arm(plan_in_environment());
}

}  // namespace

void arm(Plan plan) {
  State& the = state();
  const std::lock_guard hold(the.lock);
  the.plan = std::move(plan);
  the.calls = the.written = 0;
  the.trace.clear();
  the.armed = true;
}

std::vector<std::string> disarm() {
  State& the = state();
  const std::lock_guard hold(the.lock);
  the.armed = false;
  return std::move(the.trace);
}

}  // namespace laurel::faults

namespace faults = laurel::faults;

extern "C" {

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = faults::mode_in(flags, rest);
  va_end(rest);
  return faults::opened(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = faults::mode_in(flags, rest);
  va_end(rest);
  return faults::opened(path, flags, mode);
}

ssize_t write(int fd, const void* data, size_t bytes) { return faults::written(fd, data, bytes); }

ssize_t pwrite(int fd, const void* data, size_t bytes, off_t at) {
  return faults::written_at(fd, data, bytes, at);
}

ssize_t pwrite64(int fd, const void* data, size_t bytes, off64_t at) {
  return faults::written_at(fd, data, bytes, at);
}

// A short one is the first part alone.
ssize_t writev(int fd, const iovec* parts, int count) {
  size_t bytes = 0;
  for (int i = 0; i < count; ++i) bytes += parts[i].iov_len;
  return faults::made("write", faults::path_of(fd), bytes, [&](size_t n) {
    if (n == bytes) return ::syscall(SYS_writev, fd, parts, count);
    return ::syscall(SYS_write, fd, parts[0].iov_base, std::min(n, parts[0].iov_len));
  });
}

int fsync(int fd) { return faults::flushed(fd, SYS_fsync); }
int fdatasync(int fd) { return faults::flushed(fd, SYS_fdatasync); }

// A close that reports a failure has closed the file all the same.
int close(int fd) {
  const auto call = [&](size_t) { return ::syscall(SYS_close, fd); };
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) return static_cast<int>(call(0));
  const auto closed = static_cast<int>(faults::made("close", faults::path_of(fd), 0, call));
  if (closed < 0) {
    const int reason = errno;
    call(0);
    errno = reason;
  }
  return closed;
}

int ftruncate(int fd, off_t size) noexcept { return faults::cut(fd, size); }
int ftruncate64(int fd, off64_t size) noexcept { return faults::cut(fd, size); }

int rename(const char* from, const char* to) noexcept {
  return static_cast<int>(faults::made("rename", faults::absolute(to), 0, [&](size_t) {
    return ::syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
  }));
}

int mkdir(const char* path, mode_t mode) noexcept {
  return static_cast<int>(faults::made("mkdir", faults::absolute(path), 0, [&](size_t) {
    return ::syscall(SYS_mkdirat, AT_FDCWD, path, mode);
  }));
}

}  // extern "C"
