// Reports the progress of training: metrics.jsonl, TensorBoard's events, the rows of evaluations for
// pictures, the log, and a line that rewrites itself on a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/log.h"
#include "eval/report.h"
#include "report/eval_rows.h"
#include "train/dead_model.h"
#include "train/event_file.h"
#include "train/metrics_file.h"
#include "train/step_report.h"
#include "train/time_left.h"

namespace laurel {

struct ReportOptions {
  std::optional<int64_t> log_every = {};  // steps between lasting lines; none: 10 s
  EventFile* events = nullptr;            // outlives the report
  std::filesystem::path eval_rows = {};   // what the last evaluation's pictures need; {}: no file
  TextOf text_of = {};                    // for the texts in it
};

// What the last line of a run is made of.
struct RunSummary {
  std::optional<double> first_loss = {}, last_loss = {};  // of the steps since this start
  int64_t first_step = 0, last_step = 0;                  // theirs
  std::vector<Evaluation> evaluations = {};               // the last ones
  int64_t evaluated_step = 0;
};

class RunReport {
 public:
  RunReport(MetricsFile& metrics, Log& log, std::vector<std::string> sources, int64_t steps,
            ReportOptions options = {});

  void step(const StepReport& step);
  // A source of the evaluation that evaluation() tells next.
  void outcomes(const EvaluatedSplit& evaluated);
  void evaluation(const std::vector<Evaluation>& evaluations, int64_t step);
  void event(const std::string& what, int64_t step);

  // What is being done now, on the line that rewrites itself: "evaluating pairs", 120 of 1500.
  void progress(const std::string& what, int64_t done = 0, int64_t of = 0);

  // From now on the time that is left is what this says.
  void expect(TimeLeft time_left) { time_left_ = std::move(time_left); }
  TimeLeft& time_left() { return time_left_; }
  const DeadModel& dead_model() const { return dead_model_; }
  const RunSummary& summary() const { return summary_; }

 private:
  bool lasting(const StepReport& step);

  MetricsFile& metrics_;
  Log& log_;
  std::vector<std::string> sources_;
  int64_t steps_;
  ReportOptions options_;
  DeadModel dead_model_;
  RunSummary summary_;
  EvalRows rows_;  // of the evaluation at hand
  TimeLeft time_left_;
  int64_t steps_done_ = 0;  // steps so far, without those of earlier starts
  double seconds_ = 0;      // of them
  int64_t tokens_ = 0;
  std::chrono::steady_clock::time_point last_line_, last_progress_;
};

}  // namespace laurel
