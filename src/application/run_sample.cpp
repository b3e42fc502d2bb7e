// Chooses sample rows by their number and their tokens.
#include "application/run_sample.h"

#include <algorithm>

#include "data/sources/row_file.h"

namespace laurel {

namespace {

struct GroupCount {
  size_t groups = 0;
  int64_t tokens = 0;
};
GroupCount count_groups(const RunInputs& inputs, Split SourceData::*split) {
  GroupCount count;
  for (const SourceData& source : inputs.sources) {
    const Groups& groups = (source.*split).groups;
    count.groups += groups.size();
    for (size_t i = 0; i < groups.size(); ++i) count.tokens += groups.entry(i).computed_tokens;
  }
  return count;
}

// The rows are scored twice after the last step: a short run of long rows must not wait for that.
size_t sample_size(const GroupCount& all) {
  if (all.tokens <= 0) return std::min(all.groups, kSampleRows);
  const auto fit =
      static_cast<size_t>(kSampleTokens * static_cast<int64_t>(all.groups) / all.tokens);
  return std::min(all.groups, std::clamp(fit, kFewestSampleRows, kSampleRows));
}

}  // namespace

SampleRows sample_rows_of(const RunInputs& inputs) {
  SampleRows rows{.split = "eval", .sources = names_of(inputs), .groups = {}};
  auto split = &SourceData::eval;
  GroupCount count = count_groups(inputs, split);
  if (count.groups == 0) {
    rows.split = "train";
    split = &SourceData::train;
    count = count_groups(inputs, split);
  }
  const size_t all = count.groups, n = sample_size(count);
  size_t taken = 0, before = 0;  // groups of the sources before
  for (const SourceData& source : inputs.sources) {
    const Groups& groups = (source.*split).groups;
    for (; taken < n && taken * all / n < before + groups.size(); ++taken) {
      rows.groups.push_back(groups[taken * all / n - before]);
    }
    before += groups.size();
  }
  return rows;
}

}  // namespace laurel
