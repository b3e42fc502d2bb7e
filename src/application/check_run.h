// What a run would do, without doing it.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "application/compute.h"
#include "config/config.h"
#include "core/log.h"

namespace laurel {

struct CheckedRun {
  bool starts = false;                // train would start as things are
  std::vector<std::string> warnings;  // of the sources
};

// Opens and checks all that start_run() would, reads no weight, and writes what it found line by
// line. Malformed rows are all counted before they are refused, and a run folder that is in use is
// said at the end. Throws Error.
CheckedRun check_run(const Config& config, const Compute& compute, bool overwrite, Log& log,
                     std::ostream& out);

}  // namespace laurel
