// What a run trains on: the values that a Trainer, its Evaluator and its Checkpointer share. An
// application makes it of a config; a test makes it of anything.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/load.h"
#include "checkpoint/reward_config.h"
#include "checkpoint/run_folder.h"
#include "data/batches/sampler.h"
#include "data/group.h"
#include "data/pooling.h"
#include "data/sources/source.h"
#include "eval/benchmarks/benchmark.h"
#include "train/accumulate.h"
#include "train/train_options.h"

namespace laurel {

// A published benchmark on which a run is evaluated.
struct TrainingBenchmark {
  std::string name;
  Benchmark benchmark;
  std::vector<BenchmarkRow> rows;
  std::vector<Group> groups;               // by row: its answers, unlabelled
  std::map<std::string, int64_t> dropped;  // rows that are not there, by reason
  std::vector<double> reward_weights;      // of the head's attributes: what is compared
  std::optional<int64_t> eval_every;       // steps; none: when sources are evaluated
};

struct Training {
  TrainOptions options;
  std::span<const SourceData> sources;      // by SourceId
  std::vector<SourceObjective> objectives;  // by SourceId
  HeadColumns head;                         // what the columns of the rewards mean
  std::vector<StepRange> phases;            // of the run's steps
  RunLength length;
  Pooling pooling;
  int64_t workers = 1;  // parts of a micro-batch
  std::span<const TrainingBenchmark> benchmarks = {};
};

// What all checkpoints of a run have in common.
struct CheckpointParts {
  const RunFolder& folder;
  const ModelFolder& model;  // where config.json and the tokenizer come from
  const PadToken& pad;
  const RewardConfig& reward;                      // without what losses learn
  const std::optional<PartialModel> partial = {};  // of a run that does not train all
};

}  // namespace laurel
