// Sums of a step to its report.
#include "train/step_metrics.h"

#include <cmath>

namespace laurel {

static StepReport finish(PendingStep& pending) {
  StepReport& done = pending.step.report;
  const at::Tensor& read = pending.numbers.read();
  const double* const numbers = read.const_data_ptr<double>();
  const size_t sources = pending.count.size();
  for (size_t i = 0; i < sources; ++i) {
    done.loss += numbers[i] * pending.step.scale[i];
    done.losses.push_back(pending.count[i] > 0 ? numbers[i] / pending.count[i] : numbers[i]);
  }
  done.grad_norm = numbers[sources];
  const std::span<const double> rewards(numbers + sources + 1,
                                        static_cast<size_t>(read.numel()) - sources - 1);
  done.rewards = summaries(rewards, static_cast<int64_t>(sources));
  done.equal_rewards = all_equal(rewards, static_cast<int64_t>(sources), done.scored_positions);
  done.skipped = !std::isfinite(done.loss) || !std::isfinite(done.grad_norm);
  return done;
}

std::optional<StepRecord> StepMetrics::add(PendingStep step) {
  if (std::optional<StepRecord> failed = flush()) return failed;
  pending_ = std::move(step);
  return late_ ? std::nullopt : flush();
}

std::optional<StepRecord> StepMetrics::flush() {
  if (!pending_) return std::nullopt;
  StepReport done = finish(*pending_);
  const auto now = std::chrono::steady_clock::now();
  done.seconds = std::chrono::duration<double>(now - clock_).count();
  clock_ = now;
  if (done.skipped && skipped_ >= max_skipped_) return std::move(pending_->step);
  if (done.skipped) ++skipped_;
  report_.step(done);
  pending_.reset();
  return std::nullopt;
}

}  // namespace laurel
