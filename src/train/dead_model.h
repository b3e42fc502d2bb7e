// Notices a model that no longer learns: one without a gradient, or whose rewards are all equal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "train/step_report.h"

namespace laurel {

class DeadModel {
 public:
  // Steps running that make a model dead: one alone may be a step of equal rows.
  static constexpr int kSteps = 5;

  // Of every step in turn; `warm`: the step is not one of the warm-up, in which the rate is still
  // too small to say anything. Returns what is wrong, once, in the fifth such step running.
  std::optional<std::string> observe(const StepReport& step, bool warm);

  // The first of the steps running, where the model is dead now.
  std::optional<int64_t> since() const;

  // "since step 3 all rewards have been equal"; empty where it is alive.
  std::string text() const;

 private:
  enum class Sign { alive, no_gradient, equal_rewards };
  static Sign sign_of(const StepReport& step);

  Sign sign_ = Sign::alive;  // of the last step
  int running_ = 0;
  int64_t first_ = 0;
};

}  // namespace laurel
