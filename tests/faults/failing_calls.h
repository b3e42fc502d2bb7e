// File system calls that fail, stop half way or kill the process on order: linked into a test, or
// preloaded into a program and driven by environment variables (failing_calls.cpp).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace laurel::faults {

enum class Fault {
  none,
  fail,         // with `error`; local file systems never give EINTR for mkdir
  short_write,  // half of what was asked for; other calls are left alone
  kill_before,  // SIGKILL instead of the call,
  kill_half,    // in the middle of a write,
  kill_after,   // behind the call
};

struct Plan {
  std::string folder;  // absolute: calls on it and what lies below it count
  Fault fault = Fault::none;
  int64_t call = 0;                // the counted call that it strikes, from 1
  int error = 0;                   // errno of `fail`
  int64_t disk_bytes = INT64_MAX;  // writes beyond so many bytes find the disk full
};

// From here on calls that open for writing, write, flush, close what was opened for writing, cut,
// rename or make folders are counted. Starts again at 0.
void arm(Plan plan);

// One line for every counted call: "write model.safetensors 64304", paths relative to the folder.
std::vector<std::string> disarm();

}  // namespace laurel::faults
