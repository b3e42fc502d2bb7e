// The learning rate of each update.
#pragma once

#include <cstdint>
#include <span>
#include <variant>

#include "core/options.h"
#include "data/batches/sampler.h"

namespace laurel {

// The same rate throughout.
struct ConstantRate {
  static constexpr const char* name = "constant";
  void fields(auto&) {}
};

// The options of every schedule that rises to a peak and falls from it.
void decay_fields(auto& visit, double& warmup, double& final, bool& restart) {
  visit("warmup", warmup, "Part of the steps in which the rate rises to its peak.",
        Range{.min = 0, .max = 1});
  visit("final", final, "Where the rate ends, as a part of its peak.", Range{.min = 0, .max = 1});
  visit("restart", restart,
        "Begin again, warm-up and all, where a source joins or leaves; warmup is then a part of "
        "each such phase.");
}

// Falls in a straight line from the peak to `final` times the peak.
struct LinearRate {
  static constexpr const char* name = "linear";
  double warmup = 0.03, final = 0.1;
  bool restart = false;
  void fields(auto& visit) { decay_fields(visit, warmup, final, restart); }
};

// Falls along half a cosine from the peak to `final` times the peak
// (Loshchilov and Hutter, 1608.03983).
struct CosineRate {
  static constexpr const char* name = "cosine";
  double warmup = 0.03, final = 0.1;
  bool restart = false;
  void fields(auto& visit) { decay_fields(visit, warmup, final, restart); }
};

using Schedule = std::variant<CosineRate, LinearRate, ConstantRate>;

// The rate of update `step`, counted from 0. With W = ceil(warmup * steps) and p = (step - W) /
// (steps - W):
//   step < W   peak * (step + 1) / W
//   linear     peak * (final + (1 - final) * (1 - p))
//   cosine     peak * (final + (1 - final) * (1 + cos(pi p)) / 2)
double learning_rate(const Schedule& schedule, double peak, int64_t step, int64_t steps);

// Whether update `step` is one in which the rate still rises to its peak; of phases as below.
bool in_warmup(const Schedule& schedule, int64_t step, std::span<const StepRange> phases);

// The same in a run of these phases: of the phase that `step` is in where the schedule restarts,
// else of the whole run.
double learning_rate(const Schedule& schedule, double peak, int64_t step,
                     std::span<const StepRange> phases);

}  // namespace laurel
