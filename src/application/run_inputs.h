// The inputs of a run, loaded and checked before any weight is read: model folder, tokenizer, data;
// and what a Trainer and a checkpoint's reward_config.json need of them.
#pragma once

#include <string>
#include <vector>

#include "application/advice.h"
#include "application/compute.h"
#include "application/head_plan.h"
#include "checkpoint/load.h"
#include "config/config.h"
#include "core/log.h"
#include "data/batches/sampler.h"
#include "data/sources/load.h"
#include "data/sources/source.h"
#include "train/training.h"

namespace laurel {

struct RunInputs {
  ModelFolder model;  // with the shape of its head
  HeadPlan head;
  TextProcessor text;
  TextRules rules;  // the rule for strings; lists of messages are chat, or pair as well
  TemplateOptions template_options;
  PadToken pad;
  std::vector<SourceData> sources;  // by SourceId
  std::vector<TrainingBenchmark> benchmarks;
  RunLength length;
  LearningRates rates;
};

// Opens and checks every input of the config, tokenises all sources, and logs what it found.
// Throws Error.
RunInputs load_run_inputs(const Config& config, Log& log, bool checks_cache = false);

// What a Trainer needs of them; keeps a view of the sources and the benchmarks.
Training training_of(const Config& config, const RunInputs& inputs, const Compute& compute);

// Without the numbers that losses learn.
RewardConfig reward_config_of(const Config& config, const RunInputs& inputs);

std::vector<std::string> names_of(const RunInputs& inputs);  // of its sources

// A load's progress: a line that rewrites itself on a terminal, nothing elsewhere.
LoadProgress load_progress();

}  // namespace laurel
