// Reports the progress of training: metrics.jsonl, the log, and a progress line on a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/log.h"
#include "eval/report.h"
#include "train/metrics_file.h"

namespace laurel {

struct StepReport {
  int64_t step = 0;                        // completed steps
  double loss = 0, lr = 0, grad_norm = 0;  // grad_norm before clipping
  std::vector<double> losses;              // by source: sum of weight x loss per term / count
  std::vector<int64_t> groups;             // by source
  int64_t positions = 0, tokens = 0, unique_tokens = 0;
  double seconds = 0;    // of the whole step
  double data_wait = 0;  // of them: waiting for the packed batches
  double epoch = 0;
  bool skipped = false;  // something was not finite, so the update was not made
};

// "gradient norm nan, loss of ratings inf"
std::string numbers_text(const StepReport& step, std::span<const std::string> sources);

class RunReport {
 public:
  RunReport(MetricsFile& metrics, Log& log, std::vector<std::string> sources, int64_t steps);

  void step(const StepReport& step);
  void evaluation(const std::vector<Evaluation>& evaluations, int64_t step);
  void event(const std::string& what, int64_t step);

 private:
  void clear_line();

  MetricsFile& metrics_;
  Log& log_;
  std::vector<std::string> sources_;
  int64_t steps_;
  bool terminal_, line_open_ = false;
  int64_t steps_done_ = 0;  // steps so far, without those of earlier starts
  double seconds_ = 0;      // of them
  int64_t tokens_ = 0;
  std::chrono::steady_clock::time_point last_line_;
};

}  // namespace laurel
