// Union-find with path halving; greedy folds.
#include "curation/folds.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <unordered_map>

namespace laurel {

std::vector<int32_t> components_of(std::span<const TextNumbers> rows) {
  std::vector<int32_t> parent(rows.size());
  std::iota(parent.begin(), parent.end(), 0);
  const auto root = [&](int32_t row) {
    while (parent[row] != row) row = parent[row] = parent[parent[row]];
    return row;
  };
  std::unordered_map<uint64_t, int32_t> first;  // row with this text
  for (size_t row = 0; row < rows.size(); ++row) {
    for (const uint64_t text : rows[row]) {
      const auto [at, fresh] = first.emplace(text, static_cast<int32_t>(row));
      if (fresh) continue;
      const int32_t a = root(at->second), b = root(static_cast<int32_t>(row));
      parent[std::max(a, b)] = std::min(a, b);
    }
  }
  std::vector<int32_t> number(rows.size(), -1), component(rows.size());
  int32_t count = 0;
  for (size_t row = 0; row < rows.size(); ++row) {
    int32_t& of = number[root(static_cast<int32_t>(row))];
    if (of < 0) of = count++;
    component[row] = of;
  }
  return component;
}

Folds assign_folds(std::span<const TextNumbers> rows, int64_t folds) {
  struct Component {
    int64_t rows = 0;
    int32_t number = 0;
  };
  const std::vector<int32_t> component = components_of(rows);
  std::vector<Component> all;
  for (size_t row = 0; row < rows.size(); ++row) {
    if (component[row] == std::ssize(all)) all.push_back({.number = component[row]});
    ++all[component[row]].rows;
  }
  std::ranges::stable_sort(all, std::ranges::greater{}, &Component::rows);
  Folds out{.of_row = std::vector<int32_t>(rows.size()),
            .sizes = std::vector<int64_t>(folds),
            .components = std::ssize(all),
            .largest = all.empty() ? 0 : all.front().rows};
  std::vector<int32_t> fold_of(all.size());
  for (const Component& next : all) {
    const auto least = std::ranges::min_element(out.sizes);
    fold_of[next.number] = static_cast<int32_t>(least - out.sizes.begin());
    *least += next.rows;
  }
  for (size_t row = 0; row < rows.size(); ++row) out.of_row[row] = fold_of[component[row]];
  return out;
}

}  // namespace laurel
