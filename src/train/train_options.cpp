// Parses options that name several things.
#include "train/train_options.h"

namespace laurel {

BestBy source_and_metric(const std::string& text) {
  const size_t dot = text.find('.');
  if (dot == std::string::npos) return {text, ""};
  return {text.substr(0, dot), text.substr(dot + 1)};
}

std::optional<BestBy> TrainOptions::best_by() const {
  return keep_best ? std::optional(source_and_metric(*keep_best)) : std::nullopt;
}

}  // namespace laurel
