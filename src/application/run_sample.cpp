// Chooses sample rows by their number and their tokens.
#include "application/run_sample.h"

#include <algorithm>

#include "data/sources/row_file.h"

namespace laurel {

namespace {

size_t count_groups(const RunInputs& inputs, Split SourceData::*split) {
  size_t groups = 0;
  for (const SourceData& source : inputs.sources) groups += (source.*split).groups.size();
  return groups;
}

// visit(groups, i) of n of all groups, evenly spaced.
template <class Visit>
void visit_spaced(const RunInputs& inputs, Split SourceData::*split, size_t all, size_t n,
                  const Visit& visit) {
  size_t taken = 0, before = 0;  // groups of the sources before
  for (const SourceData& source : inputs.sources) {
    const Groups& groups = (source.*split).groups;
    for (; taken < n && taken * all / n < before + groups.size(); ++taken) {
      visit(groups, taken * all / n - before);
    }
    before += groups.size();
  }
}

// The rows are scored twice after the last step: a short run of long rows must not wait for that. The
// tokens are those of as many rows as there may be, not of all: there may be millions.
size_t sample_size(const RunInputs& inputs, Split SourceData::*split, size_t all) {
  const size_t most = std::min(all, kSampleRows);
  int64_t tokens = 0;
  visit_spaced(inputs, split, all, most,
               [&](const Groups& groups, size_t i) { tokens += groups.entry(i).computed_tokens; });
  if (tokens <= kSampleTokens) return most;
  const auto fit = static_cast<size_t>(kSampleTokens * static_cast<int64_t>(most) / tokens);
  return std::min(most, std::max(fit, kFewestSampleRows));
}

}  // namespace

SampleRows sample_rows_of(const RunInputs& inputs) {
  SampleRows rows{.split = "eval", .sources = names_of(inputs), .groups = {}};
  auto split = &SourceData::eval;
  size_t all = count_groups(inputs, split);
  if (all == 0) {
    rows.split = "train";
    split = &SourceData::train;
    all = count_groups(inputs, split);
  }
  visit_spaced(inputs, split, all, sample_size(inputs, split, all),
               [&](const Groups& groups, size_t i) { rows.groups.push_back(groups[i]); });
  return rows;
}

}  // namespace laurel
