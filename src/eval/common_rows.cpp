// Intersects the rows of models by their keys.
#include "eval/common_rows.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "data/sources/row_file.h"

namespace laurel {

namespace {

std::set<RowKey> rows_in_all(std::span<const ComparedModel> models) {
  std::set<RowKey> common;
  for (size_t m = 0; m < models.size(); ++m) {
    const std::set<RowKey> own(models[m].rows.begin(), models[m].rows.end());
    std::set<RowKey> both;
    std::ranges::set_intersection(m == 0 ? own : common, own, std::inserter(both, both.end()));
    common = std::move(both);
  }
  return common;
}

}  // namespace

ComparedModel compared_model(std::string name, const Groups& groups, SplitOutcomes outcomes) {
  ComparedModel model{.name = std::move(name), .outcomes = std::move(outcomes)};
  std::map<std::pair<uint64_t, uint64_t>, int64_t> seen;
  std::map<int64_t, RowKey> key_of;  // by group
  for (const Origin& origin : model.outcomes.origins()) {
    const auto found = key_of.find(origin.group);
    if (found != key_of.end()) {
      model.rows.push_back(found->second);
      continue;
    }
    const auto group = static_cast<size_t>(origin.group);
    const uint64_t id = groups.id(group), texts = groups.entry(group).texts;
    const RowKey key{.id = id, .texts = texts, .before = seen[{id, texts}]++};
    key_of.emplace(origin.group, key);
    model.rows.push_back(key);
  }
  model.groups = static_cast<int64_t>(key_of.size());
  return model;
}

int64_t keep_common_rows(std::span<ComparedModel> models) {
  const std::set<RowKey> common = rows_in_all(models);
  for (ComparedModel& model : models) {
    std::vector<size_t> positions(model.rows.size());
    std::iota(positions.begin(), positions.end(), size_t{0});
    std::erase_if(positions, [&](size_t i) { return !common.contains(model.rows[i]); });
    std::ranges::stable_sort(positions, {}, [&](size_t i) { return model.rows[i]; });
    std::vector<RowKey> rows;
    for (const size_t i : positions) rows.push_back(model.rows[i]);
    model.outcomes = selected(model.outcomes, positions);
    model.rows = std::move(rows);
    model.not_in_all = model.groups - static_cast<int64_t>(common.size());
  }
  const std::vector<Origin> origins = models.back().outcomes.origins();
  for (ComparedModel& model : models) {
    TORCH_INTERNAL_ASSERT(model.rows == models.back().rows, "as many labels of a row in each");
    for (auto* own : {&model.outcomes.pairs.origins, &model.outcomes.lists.origins,
                      &model.outcomes.cells.origins}) {
      if (!own->empty()) *own = origins;
    }
  }
  return static_cast<int64_t>(common.size());
}

}  // namespace laurel
