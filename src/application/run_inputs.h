// The inputs of a run, loaded and checked before any weight is read: model folder, tokenizer, data.
#pragma once

#include <optional>
#include <vector>

#include "application/head_plan.h"
#include "checkpoint/load.h"
#include "config/config.h"
#include "core/log.h"
#include "data/load.h"
#include "data/sampler.h"
#include "data/source.h"

namespace laurel {

struct RunInputs {
  ModelFolder model;  // with the shape of its head
  HeadPlan head;
  TextProcessor text;
  TextRules rules;  // the rule for strings; lists of messages are always chat
  TemplateOptions template_options;
  PadToken pad;
  std::vector<SourceData> sources;  // by SourceId
  RunLength length;
};

// Opens and checks every input of the config, tokenises all sources, and logs what it found.
// Throws Error.
RunInputs load_run_inputs(const Config& config, Log& log);

// A load's progress: a line that rewrites itself on a terminal, nothing elsewhere.
LoadProgress load_progress();

}  // namespace laurel
