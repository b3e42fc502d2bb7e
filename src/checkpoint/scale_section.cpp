// Sentences and one table of reward_config.json's "scale", "calibration" and "normalization".
#include "checkpoint/scale_section.h"

#include <cmath>
#include <string_view>

#include "core/str.h"
#include "eval/report.h"

namespace laurel {

namespace {

constexpr std::string_view kHeading = "\n## Scale of the rewards\n";

std::string text_of(const MeasuredNumber& estimate) {
  return with_interval(estimate.value, estimate.low, estimate.high);
}

std::string sentences_of(const Calibration& of) {
  const bool pairs = of.labels == CalibrationLabels::pairs;
  const std::string shift =
      of.shift == 0 ? "" : str(of.shift < 0 ? " - " : " + ", format_number(std::abs(of.shift)));
  return str("\nFitted by `laurel calibrate` on ", count_text(of.n, pairs ? "pair" : "label"), ": ",
             pairs ? "the answer with reward a is better than that with reward b with probability "
                     "sigmoid((a - b) / "
                   : "an answer with reward r has the label 1 with probability sigmoid(r / ",
             format_number(of.temperature), shift,
             "). Rewards are not divided by it; `laurel score --calibrated` does so.\n");
}

std::string sentences_of(const Normalization& of) {
  std::string text =
      str("\nOver ", count_text(of.answers, "answer"), " to ", count_text(of.prompts, "prompt"),
          ", measured by `laurel normalize`: mean ", text_of(of.mean), ", deviation ",
          text_of(of.deviation));
  if (of.within_prompts) {
    text += str(", within a prompt ", text_of(*of.within_prompts), " over the ",
                count_text(of.prompts_with_several, "prompt"), " with several different answers");
  }
  text += of.mean.low ? ". In brackets 95 % intervals by prompt.\n" : ".\n";
  std::string names = "\n| quantile |", lines = "|---|", values = "| reward |";
  for (const auto& [name, value] : of.quantiles) {
    names += str(" ", name, " |");
    lines += "---|";
    values += str(" ", format_number(value), " |");
  }
  return str(text, names, "\n", lines, "\n", values, "\n");
}

}  // namespace

std::string scale_section(const RewardConfig& config) {
  if (!config.normalization && !config.scale && !config.calibration) return "";
  std::string section{kHeading};
  if (config.scale) {
    section += str("\nThe head is the trained one divided by ", config.scale->divisor, ", ",
                   text_of(config.scale->deviation), ", by `laurel export --scale unit`.\n");
  }
  if (config.calibration) section += sentences_of(*config.calibration);
  if (config.normalization) section += sentences_of(*config.normalization);
  return section;
}

std::string with_scale_section(std::string card, const RewardConfig& config) {
  const size_t begin = card.find(kHeading);
  if (begin != std::string::npos) {
    const size_t next = card.find("\n## ", begin + kHeading.size());
    card.erase(begin, next == std::string::npos ? next : next - begin);
  }
  return card + scale_section(config);
}

}  // namespace laurel
