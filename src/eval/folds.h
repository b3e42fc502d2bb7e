// Parts of a set, of which each is judged by what the others say.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "eval/bootstrap.h"

namespace laurel {

struct Folds {
  int32_t count = 0;          // ten, or the number of prompts if that is less
  std::vector<int32_t> fold;  // of each outcome: outcomes of one prompt share theirs
};

// By the hashes of the prompts, so that the order of the rows does not matter; folds have equal
// numbers of prompts, to one.
Folds folds_by_prompt(std::span<const Origin> origins);

}  // namespace laurel
