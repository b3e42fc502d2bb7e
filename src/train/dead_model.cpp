// Counts steps running without a gradient, or with equal rewards.
#include "train/dead_model.h"

#include "core/str.h"

namespace laurel {

// A loss of 0 without a gradient is one that has nothing left to learn: hinge with every margin
// met.
DeadModel::Sign DeadModel::sign_of(const StepReport& step) {
  if (step.equal_rewards) return Sign::equal_rewards;
  return step.grad_norm == 0 && step.loss != 0 ? Sign::no_gradient : Sign::alive;
}

std::optional<std::string> DeadModel::observe(const StepReport& step, bool warm) {
  const Sign sign = warm && !step.skipped ? sign_of(step) : Sign::alive;
  if (sign == Sign::alive) {
    running_ = 0;
  } else if (running_++ == 0) {
    first_ = step.step;
  }
  sign_ = sign;
  if (running_ != kSteps) return std::nullopt;
  return str(
      text(),
      ", so the model no longer learns; the learning rate is likely too high (train.lr): start "
      "again with a lower one, or go back to a checkpoint before step ",
      first_);
}

std::optional<int64_t> DeadModel::since() const {
  return running_ >= kSteps ? std::optional(first_) : std::nullopt;
}

std::string DeadModel::text() const {
  if (!since()) return "";
  return str("since step ", first_,
             sign_ == Sign::equal_rewards ? " all rewards have been equal"
                                          : " the gradient norm has been 0");
}

}  // namespace laurel
