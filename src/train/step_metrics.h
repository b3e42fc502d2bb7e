// Copies loss and gradient norm of a step to the host, reports them, counts skipped steps.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "checkpoint/train_state.h"
#include "data/batches/batch_sampler.h"
#include "data/group.h"
#include "ops/cuda/host_copy.h"
#include "train/report.h"
#include "train/step_report.h"

namespace laurel {

// A step, and where the run was before it.
struct StepRecord {
  StepReport report;
  StepGroups groups;
  std::vector<double> scale;  // by source
  TrainState before;          // without the optimizer's part
};

struct PendingStep {
  StepRecord step;
  std::vector<double> count;  // by source
  HostCopy numbers;           // by source the sum of weight x loss per term; the gradient's norm;
                              // flat(RewardSums)
};

// Reports steps, each when its numbers are there: on CUDA one step late, so that the device need
// not wait for the host.
class StepMetrics {
 public:
  StepMetrics(RunReport& report, bool late, int64_t skipped, int64_t max_skipped)
      : report_(report), late_(late), skipped_(skipped), max_skipped_(max_skipped) {}

  // Returns the step if it is not finite and max_skipped steps were skipped before.
  [[nodiscard]] std::optional<StepRecord> add(PendingStep step);
  [[nodiscard]] std::optional<StepRecord> flush();

  int64_t skipped() const { return skipped_; }  // in the whole run
  void restart_clock() { clock_ = std::chrono::steady_clock::now(); }

 private:
  RunReport& report_;
  bool late_;
  int64_t skipped_, max_skipped_;
  std::optional<PendingStep> pending_;
  std::chrono::steady_clock::time_point clock_ = std::chrono::steady_clock::now();
};

}  // namespace laurel
