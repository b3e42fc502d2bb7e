// What a run will write, and whether there is room for it.
#pragma once

#include <string>

#include "application/compute.h"
#include "application/run_inputs.h"
#include "config/config.h"

namespace laurel {

struct DiskPlan {
  int64_t checkpoint = 0;  // bytes of one
  int64_t most = 0;        // bytes that may be added: checkpoints, final/, export/
  int64_t free = 0;        // bytes; 0: not known
};
DiskPlan plan_disk(const Config& config, const RunInputs& run, const Compute& compute);

// "disk: 1.9 GiB a checkpoint, 6.8 GiB more at most; 81.2 GiB are free"
std::string disk_text(const DiskPlan& plan);

}  // namespace laurel
