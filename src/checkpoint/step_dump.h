// A step whose numbers were not finite, kept whole for `laurel check --replay`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/group.h"
#include "model/dropout.h"

namespace laurel {

// A source's part of the step's loss is scale * (sum of weight x loss per term).
struct DumpedSource {
  std::string name;
  double scale = 0;
  double loss = 0;  // sum of weight x loss per term / count, as the step found it
};

struct DumpedGroup {
  std::string location;  // "file:line"
  Group group;  // scores as they were trained on; its source is a number of StepDump::sources
};

struct StepDump {
  std::string laurel;                // version of the program
  int64_t step = 0;                  // from 1
  std::filesystem::path checkpoint;  // model folder with the weights before the step, relative to
                                     // the dump's folder
  std::string precision;             // "fp32" or "bf16"
  int64_t tokens_per_micro_batch = 0;
  double lr = 0, loss = 0, grad_norm = 0;
  DropoutOptions dropout = {};
  std::vector<DumpedSource> sources;  // by SourceId
  std::vector<DumpedGroup> groups;    // in the order of the step
};

// "nonfinite-step-00000012.json"
std::string step_dump_name(int64_t step);

// Every number comes back with the same bits, but for the payload of a NaN. The file is complete or
// not there at all. Throws Error (checkpoint).
void write_step_dump(const std::filesystem::path& path, const StepDump& dump);

// Throws Error (checkpoint) with the location of what is missing, unknown, of another type or out
// of range: what comes back can be packed.
StepDump read_step_dump(const std::filesystem::path& path);

}  // namespace laurel
