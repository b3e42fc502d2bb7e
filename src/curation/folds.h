// Folds of a cross-fit: rows that share a prompt or a response stay together, so that no head is
// asked about a text that it was trained on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace laurel {

// What a row may have in common with others: numbers of its prompt and of its responses.
using TextNumbers = std::vector<uint64_t>;

// Union-find over equal texts: of each row the number of its component, counted in the order of
// their first rows.
std::vector<int32_t> components_of(std::span<const TextNumbers> rows);

struct Folds {
  std::vector<int32_t> of_row;          // 0 .. k-1
  std::vector<int64_t> sizes;           // rows of each
  int64_t components = 0, largest = 0;  // rows of the largest one
};

// Whole components, the largest first (of equal ones the one that comes first), each into the fold
// that has the fewest rows. Some folds stay empty where there are fewer components than folds.
Folds assign_folds(std::span<const TextNumbers> rows, int64_t folds);

}  // namespace laurel
