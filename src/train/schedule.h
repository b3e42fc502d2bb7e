// The learning rate of each update.
#pragma once

#include <cstdint>
#include <variant>

#include "core/options.h"

namespace laurel {

// The same rate throughout.
struct ConstantRate {
  static constexpr const char* name = "constant";
  void fields(auto&) {}
};

// The options of every schedule that rises to a peak and falls from it.
void fall_fields(auto& visit, double& warmup, double& final) {
  visit("warmup", warmup, "Part of the steps in which the rate rises to its peak.",
        Range{.min = 0, .max = 1});
  visit("final", final, "Where the rate ends, as a part of its peak.", Range{.min = 0, .max = 1});
}

// Falls in a straight line from the peak to `final` times the peak.
struct LinearRate {
  static constexpr const char* name = "linear";
  double warmup = 0.03, final = 0.1;
  void fields(auto& visit) { fall_fields(visit, warmup, final); }
};

// Falls along half a cosine from the peak to `final` times the peak (Loshchilov and Hutter,
// 1608.03983).
struct CosineRate {
  static constexpr const char* name = "cosine";
  double warmup = 0.03, final = 0.1;
  void fields(auto& visit) { fall_fields(visit, warmup, final); }
};

using Schedule = std::variant<CosineRate, LinearRate, ConstantRate>;

// The rate of update `step`, counted from 0. With W = ceil(warmup * steps) and p = (step - W) /
// (steps - W):
//   step < W   peak * (step + 1) / W
//   linear     peak * (final + (1 - final) * (1 - p))
//   cosine     peak * (final + (1 - final) * (1 + cos(pi p)) / 2)
double learning_rate(const Schedule& schedule, double peak, int64_t step, int64_t steps);

}  // namespace laurel
