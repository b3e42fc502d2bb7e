// Formats the numbers of a step with fixed decimals.
#include "train/step_line.h"

#include <cmath>
#include <cstdio>

#include "core/str.h"

namespace laurel {

std::string numbers_text(const StepReport& step, std::span<const std::string> sources) {
  std::string text = str("gradient norm ", step.grad_norm);
  for (size_t i = 0; i < sources.size(); ++i) {
    if (step.groups[i] > 0) text += str(", loss of ", sources[i], " ", step.losses[i]);
  }
  return text;
}

std::string duration_text(double seconds) {
  const int64_t s = static_cast<int64_t>(seconds + 0.5);
  if (s >= 3600) return str(s / 3600, " h ", s % 3600 / 60, " min");
  if (s >= 60) return str(s / 60, " min ", s % 60, " s");
  return str(s, " s");
}

std::string fixed_text(double value, int decimals) {
  const double size = std::abs(value);
  const bool plain = size == 0 || (size >= 0.5 * std::pow(10, -decimals) && size < 1e6);
  char text[64];
  std::snprintf(text, sizeof(text), plain ? "%.*f" : "%.*e", plain ? decimals : 2, value);
  return text;
}

// "accuracy 0.500, reward 0.12 ± 0.98", what a source has of it.
static std::string rewards_text(const StepReport& step, size_t source, const char* between) {
  if (source >= step.rewards.size()) return "";
  const RewardSummary& of = step.rewards[source];
  std::string text;
  if (of.pairs > 0) text += str(between, "accuracy ", fixed_text(of.right / of.pairs, 3));
  if (of.rewards > 0) {
    text += str(between, "reward ", fixed_text(of.mean, 2), " ± ", fixed_text(of.deviation, 2));
  }
  return text;
}

std::string step_text(const StepReport& step, std::span<const std::string> sources) {
  std::string text = str("loss ", fixed_text(step.loss, 4)), each;
  for (size_t i = 0; i < sources.size() && sources.size() > 1; ++i) {
    if (step.groups[i] == 0) continue;
    each += str(each.empty() ? "" : "; ", sources[i], " ", fixed_text(step.losses[i], 4),
                rewards_text(step, i, ", "));
  }
  if (sources.size() == 1) text += rewards_text(step, 0, "  ");
  if (!each.empty()) text += str(" (", each, ")");
  char lr[32];
  std::snprintf(lr, sizeof(lr), "%.2e", step.lr);
  return str(text, "  lr ", lr, "  grad norm ", fixed_text(step.grad_norm, 3));
}

}  // namespace laurel
