// The numbers of a step on their way from the device to the host, and what becomes of them there.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "data/batcher.h"
#include "ops/cuda/host_copy.h"
#include "train/loop_state.h"
#include "train/report.h"

namespace laurel {

// A step whose loss or gradient norm is not finite.
struct NonFiniteStep {
  StepReport report;
  std::vector<const Group*> members;
  std::vector<double> scale;  // by source
  LoopState before;           // without the optimizer's part
};

struct PendingStep {
  NonFiniteStep step;
  std::vector<double> count;  // by source
  HostCopy numbers;           // by source the sum of weight x unit loss; the gradient's norm
};

// Reports steps, each when its numbers are there: on CUDA one step late, so that the device need
// not wait for the host.
class StepNumbers {
 public:
  StepNumbers(RunReport& report, bool late, int64_t skipped, int64_t most_skipped)
      : report_(report), late_(late), skipped_(skipped), most_skipped_(most_skipped) {}

  // The step that may be made no more is returned: more than most_skipped were not finite.
  [[nodiscard]] std::optional<NonFiniteStep> add(PendingStep step);
  [[nodiscard]] std::optional<NonFiniteStep> flush();

  int64_t skipped() const { return skipped_; }  // in the whole run
  void restart_clock() { clock_ = std::chrono::steady_clock::now(); }

 private:
  RunReport& report_;
  bool late_;
  int64_t skipped_, most_skipped_;
  std::optional<PendingStep> pending_;
  std::chrono::steady_clock::time_point clock_ = std::chrono::steady_clock::now();
};

}  // namespace laurel
