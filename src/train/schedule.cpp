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

// The stretch that the schedule of update `step` spans: the whole run, or the phase of a schedule
// that restarts.
static StepRange stretch_of(const Schedule& schedule, int64_t step,
                            std::span<const StepRange> phases) {
  if (!std::visit([](const auto& kind) { return restarts(kind); }, schedule)) {
    return {0, phases.back().to};
  }
  return *std::ranges::find_if(phases, [&](const StepRange& range) { return step < range.to; });
}

double learning_rate(const Schedule& schedule, double peak, int64_t step,
                     std::span<const StepRange> phases) {
  const StepRange stretch = stretch_of(schedule, step, phases);
  return learning_rate(schedule, peak, step - stretch.from, stretch.to - stretch.from);
}

static double warmup_of(const ConstantRate&) { return 0; }
static double warmup_of(const auto& schedule) { return schedule.warmup; }

bool in_warmup(const Schedule& schedule, int64_t step, std::span<const StepRange> phases) {
  const StepRange stretch = stretch_of(schedule, step, phases);
  const double part = std::visit([](const auto& kind) { return warmup_of(kind); }, schedule);
  return static_cast<double>(step - stretch.from) <
         std::ceil(part * static_cast<double>(stretch.to - stretch.from));
}

}  // namespace laurel
