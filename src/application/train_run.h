// Runs the training of loaded inputs in a prepared run folder, up to the export.
#pragma once

#include <string>

#include "application/compute.h"
#include "application/resume.h"
#include "application/run_inputs.h"
#include "config/config.h"
#include "core/log.h"
#include "train/stop.h"

namespace laurel {

struct Run {
  const Config& config;
  RunFolder folder;
  RunInputs inputs;
  RewardConfig reward;  // without what losses learn
  Compute compute;
  Recompute recompute;
  ResumePoint resume_point;  // its state is where the run starts
  TimeLimit& limit;
  std::optional<PartialModel> partial = {};  // where model.train is not all
};

// Trains, saves and exports; returns the exit code: 0, or 75 where it was stopped with its state
// saved. Throws Error.
int train_run(Run& run, Log& log);

// A signal came before the first step: says so and how to start again; returns 75.
int stopped_before_start(Log& log, const std::string& again);

// report.html. Where it cannot be written, that is a warning: the run is complete without it.
void write_run_report(const RunFolder& folder, Log& log);

// Of a run whose export is there: writes the last line of its metrics if the process that wrote the
// export was killed before that.
void write_missing_end_event(const RunFolder& folder, int64_t step);

}  // namespace laurel
