// Parses options that name several things.
#include "train/train_options.h"

namespace laurel {

std::optional<BestBy> TrainOptions::best_by() const {
  if (!keep_best) return std::nullopt;
  const size_t dot = keep_best->find('.');
  if (dot == std::string::npos) return BestBy{*keep_best, ""};
  return BestBy{keep_best->substr(0, dot), keep_best->substr(dot + 1)};
}

}  // namespace laurel
