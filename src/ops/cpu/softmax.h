// The softmax of attention on one tile of scores, in place, fused with scale and visibility.
#pragma once

#include <cstdint>

namespace laurel {

// scores (heads * queries, keys), the rows of a head together. Query i sees the keys
// [max(0, first + i + 1 - window), first + i + 1) of the tile, window = no limit if 0.
template <class T>
struct ScoreTile {
  T* scores;  // q k^T; becomes probabilities, zero where not visible
  int64_t heads, queries, keys;
  int64_t first;   // place of query 0 among the tile's keys
  int64_t window;  // 0: no limit
  T scale;
  T* log_sum;  // of query i and head h of the tile at [i * log_sum_stride + h]
  int64_t log_sum_stride;
};

// Writes log_sum.
template <class T>
void softmax_tile(const ScoreTile<T>& tile);

// Reads log_sum. grad (heads * queries, keys) comes as the gradient of the probabilities and
// becomes that of q k^T.
template <class T>
void softmax_backward_tile(const ScoreTile<T>& tile, T* grad);

}  // namespace laurel
