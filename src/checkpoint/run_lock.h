// The lock of a run folder: one process at a time.
#pragma once

#include <filesystem>
#include <string>

namespace laurel {

// Throws Error (checkpoint) that names the process that holds the folder's lock; makes nothing.
void check_not_locked(const std::filesystem::path& folder);

constexpr const char* kTraining = "training";

// Holds run.lock in the folder, which must exist, until it is destroyed or the process ends in any
// way. The file says who holds it.
class RunLock {
 public:
  // `doing`: what for, as others are told. Throws Error (checkpoint) that names the process that holds
  // the lock.
  explicit RunLock(const std::filesystem::path& folder, const std::string& doing = kTraining);
  RunLock(const RunLock&) = delete;
  ~RunLock();

  // What to say about the one before that did not end properly, or about a file system without
  // locks; empty: nothing.
  const std::string& note() const { return note_; }

 private:
  int file_ = -1;
  std::string note_;
};

}  // namespace laurel
