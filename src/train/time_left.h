// How long a run will still take: its steps, its evaluations, and what comes after the last step.
#pragma once

#include <cstdint>
#include <functional>

namespace laurel {

class TimeLeft {
 public:
  // `evaluated(step)`: whether an evaluation is due after a step. `bytes_to_write` is what is
  // written after the last step: a checkpoint, final/ and its export.
  TimeLeft(int64_t steps, std::function<bool(int64_t)> evaluated, int64_t bytes_to_write)
      : steps_(steps), evaluated_(std::move(evaluated)), bytes_(bytes_to_write) {}

  void step_took(double seconds);        // without evaluations
  void evaluation_took(double seconds);  // of all sources
  void writing_took(int64_t bytes, double seconds);

  // After `step` completed steps, in seconds.
  double after(int64_t step) const;

 private:
  int64_t evaluations_after(int64_t step) const;

  int64_t steps_;
  std::function<bool(int64_t)> evaluated_;
  int64_t bytes_;
  int64_t made_ = 0;
  double stepping_ = 0, evaluation_ = 0;
  double bytes_per_second_ = 150e6;  // written and hashed, until it is measured
};

}  // namespace laurel
