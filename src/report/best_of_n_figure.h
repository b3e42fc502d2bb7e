// The curve of best of N, from what `laurel eval --best-of-n N --json FILE` has written.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "eval/best_of_n.h"

namespace laurel {

struct BestOfNResult {
  std::string name;  // of the file
  std::string source;
  BestOfN found;
  std::string doubt = {};  // that it is of one of the runs; empty: it is
};

// `runs`: folders of runs, one of which should have its weights; none: no doubt. Throws Error (usage)
// for a file that holds anything else.
BestOfNResult read_best_of_n(const std::filesystem::path& file,
                             const std::vector<std::string>& runs = {});

// A chart for each, HTML; "" of none.
std::string best_of_n_section(const std::vector<BestOfNResult>& results);

}  // namespace laurel
