// The softmax of attention on one tile of scores, in place, fused with scale and visibility.
#pragma once

#include <cstdint>

#include "ops/cpu/products.h"

namespace laurel {

// Columns [column, column + count) of a tile: the keys at the places [place, place + count).
struct KeyRun {
  int64_t column, place, count;
};

// scores (heads * queries, stride), the rows of a head together. Query i is at place `place` + i of
// its span and sees the keys at its own place and before it, of these the last `window`, if > 0.
template <class T>
struct ScoreTile {
  T* scores;  // q k^T
  int64_t stride;
  int64_t heads, queries, place;
  KeyRun runs[2];  // of the prefix and of the span itself
  int64_t window;
  T scale;
  T* log_sum;  // of query i and head h of the tile at [i * log_sum_stride + h]
  int64_t log_sum_stride;
};

// Scores become e^(scale (score - largest)), zero where not visible and in kProductRows - 1 columns
// behind each run; inverse (heads * queries) = 1 / their sums. Writes log_sum.
template <class T>
void softmax_tile(const ScoreTile<T>& tile, T* inverse);

// Reads log_sum. Scores become probabilities; grad (heads * queries, stride) comes as their
// gradient and becomes that of q k^T. Zeros as above.
template <class T>
void softmax_backward_tile(const ScoreTile<T>& tile, T* grad);

}  // namespace laurel
