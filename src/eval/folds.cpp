// Deals prompts to folds in the order of their mixed hashes.
#include "eval/folds.h"

#include <algorithm>
#include <map>

#include "core/random.h"

namespace laurel {

constexpr int32_t kMostFolds = 10;

Folds folds_by_prompt(std::span<const Origin> origins) {
  std::map<uint64_t, int32_t> fold_of;  // by the mixed hash
  for (const Origin& origin : origins) fold_of.emplace(mix64(origin.prompt), 0);
  Folds folds{.count = static_cast<int32_t>(std::min<size_t>(fold_of.size(), kMostFolds))};
  int32_t next = 0;
  for (auto& [hash, fold] : fold_of) fold = next++ % folds.count;
  for (const Origin& origin : origins) folds.fold.push_back(fold_of.at(mix64(origin.prompt)));
  return folds;
}

}  // namespace laurel
