// By the ids of the groups that are evaluated.
#include "curation/held_out.h"

#include <set>
#include <unordered_set>
#include <utility>

namespace laurel {

std::vector<bool> held_out_rows(const RunInputs& inputs, const CurationRows& rows) {
  std::vector<std::unordered_set<uint64_t>> groups(inputs.sources.size());
  for (size_t i = 0; i < inputs.sources.size(); ++i) {
    if (inputs.sources[i].options.eval_fraction == 0) continue;
    const Groups& eval = inputs.sources[i].eval.groups;
    for (size_t group = 0; group < eval.size(); ++group) groups[i].insert(eval.id(group));
  }
  std::set<std::pair<int32_t, uint32_t>> prompts;
  for (const CurationRow& row : rows.rows) {
    const uint64_t id =
        (static_cast<uint64_t>(row.place.file) << kLocationBits) | row.place.location;
    if (groups[row.place.source].contains(id)) prompts.emplace(row.place.source, row.prompt);
  }
  std::vector<bool> held_out;
  for (const CurationRow& row : rows.rows) {
    held_out.push_back(!row.eval && prompts.contains({row.place.source, row.prompt}));
  }
  return held_out;
}

}  // namespace laurel
