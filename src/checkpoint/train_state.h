// The state of a training run between two steps, but for its tensors: run.json of a checkpoint. The
// Trainer holds one, a Checkpointer writes it, and a resumed run begins with what was read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "data/batches/sampler.h"

namespace laurel {

// The step with the best value of train.keep_best so far.
struct BestStep {
  double value = 0;
  int64_t step = 0;

  void fields(auto& visit) {
    visit("value", value);
    visit("step", step, kSavedCount);
  }
};

// Evaluations for train.stop_early: the best so far, and how many have followed it.
struct EarlyStopState {
  std::optional<BestStep> best = {};
  int64_t waited = 0;

  void fields(auto& visit) {
    visit("best", best);
    visit("waited", waited, kSavedCount);
  }
};

// What an optimizer knows beside the parameter buffers.
struct OptimizerState {
  int64_t updates = 0, skipped = 0;  // made; left out because something was not finite
  std::vector<bool> seen_rows = {};  // rows of the embedding, in training.safetensors; empty where
                                     // all count
};

// What stays the same over a run.
struct RunFacts {
  std::string run = {};                                  // its id, the same in all checkpoints
  std::string data_sha256 = {};                          // of the training groups
  std::string eval_sha256 = {};                          // of what is evaluated, also benchmarks
  std::map<std::string, std::string> model_sha256 = {};  // of the backbone's small files, by name
  Json environment = {};  // versions, hardware, threads: equal bits need equal ones
  Json config = {};       // resolved
};

struct TrainState {
  RunFacts facts = {};
  int64_t step = 0;        // completed ones
  bool evaluated = false;  // the evaluation due after them was made
  OptimizerState optimizer = {};
  int64_t metrics_bytes = 0;  // of metrics.jsonl
  SamplerState sampler = {};  // groups of completed steps, not of those that are being packed
  std::optional<BestStep> best = {};              // by train.keep_best of the evaluations so far
  std::optional<EarlyStopState> early_stop = {};  // with train.stop_early

  void fields(auto& visit) {
    visit("run", facts.run);
    visit("step", step, kSavedCount);
    visit("evaluated", evaluated);
    visit("updates", optimizer.updates, kSavedCount);
    visit("skipped", optimizer.skipped, kSavedCount);
    visit("metrics_bytes", metrics_bytes, kSavedCount);
    visit("sampler", sampler);
    visit("best", best);
    visit("early_stop", early_stop);
    visit("data_sha256", facts.data_sha256);
    visit("eval_sha256", facts.eval_sha256);
    visit("model_sha256", facts.model_sha256);
    visit("environment", facts.environment);
    visit("config", facts.config);
  }
};

Json json_of(const TrainState& state);

// `where` names the text in messages. Throws Error (checkpoint) where another version wrote it,
// or where its sampler state is of another step.
TrainState train_state(const Json& json, const std::string& where);

// Of a checkpoint folder. Throws Error (checkpoint) where another version wrote it.
TrainState read_train_state(const std::filesystem::path& checkpoint);

}  // namespace laurel
