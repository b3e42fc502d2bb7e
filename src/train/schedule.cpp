// Learning rate schedules.
#include "train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace laurel {

static double decay(const LinearRate&, double progress) { return 1 - progress; }
static double decay(const CosineRate&, double progress) {
  return (1 + std::cos(std::numbers::pi * progress)) / 2;
}

static double factor(const ConstantRate&, int64_t, int64_t) { return 1; }

static double factor(const auto& schedule, int64_t step, int64_t steps) {
  const double warmup = std::ceil(schedule.warmup * static_cast<double>(steps));
  const double at = static_cast<double>(step);
  if (at < warmup) return (at + 1) / warmup;
  const double progress = (at - warmup) / (static_cast<double>(steps) - warmup);
  return schedule.final + (1 - schedule.final) * decay(schedule, progress);
}

double learning_rate(const Schedule& schedule, double peak, int64_t step, int64_t steps) {
  return peak * std::visit([&](const auto& kind) { return factor(kind, step, steps); }, schedule);
}

static bool restarts(const ConstantRate&) { return false; }
static bool restarts(const auto& schedule) { return schedule.restart; }

double learning_rate(const Schedule& schedule, double peak, int64_t step,
                     std::span<const StepRange> phases) {
  const int64_t steps = phases.back().to;
  if (!std::visit([](const auto& kind) { return restarts(kind); }, schedule)) {
    return learning_rate(schedule, peak, step, steps);
  }
  const auto phase =
      std::ranges::find_if(phases, [&](const StepRange& range) { return step < range.to; });
  return learning_rate(schedule, peak, step - phase->from, phase->to - phase->from);
}

}  // namespace laurel
