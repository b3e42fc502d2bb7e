// run.json of a checkpoint: all of the training state but the tensors.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "core/json.h"
#include "data/batches/sampler.h"

namespace laurel {

// The step with the best value of train.keep_best so far.
struct BestStep {
  double value;
  int64_t step;
};

struct RunState {
  std::string run;                   // the same in all checkpoints of a run
  int64_t step = 0;                  // completed ones
  bool evaluated = false;            // the evaluation due after them was made
  int64_t updates = 0, skipped = 0;  // made; left out because something was not finite
  int64_t metrics_bytes = 0;         // of metrics.jsonl
  SamplerState sampler;              // groups of completed steps
  std::optional<BestStep> best;      // by train.keep_best of the evaluations so far
  std::string data_sha256;           // of the training groups
  std::map<std::string, std::string> model_sha256;  // of the backbone's small files, by their names
  Json config;                                      // resolved
  Json environment;  // versions, hardware, threads: equal bits need equal ones
};

Json json_of(const RunState& state);

// `where` names the text in messages. Throws Error (checkpoint) where another version wrote it,
// or where its sampler state is of another step.
RunState run_state(const Json& json, const std::string& where);

// Of a checkpoint folder. Throws Error (checkpoint) where another version wrote it.
RunState read_run_state(const std::filesystem::path& checkpoint);

}  // namespace laurel
