// The softmax of attention on one tile of scores, in place, fused with scale, soft cap and
// visibility.
#pragma once

#include <cstdint>

#include "ops/cpu/dropout_mask.h"
#include "ops/cpu/gemm.h"

namespace laurel {

// Columns [column, column + count) of a tile: the keys at the positions [position, position +
// count).
struct KeyRun {
  int64_t column, position, count;
};

// Of the probabilities of a tile, by the hashes of all tokens; the tile's first token and head among
// all.
struct TileDropout {
  DropoutMask mask;
  int64_t first_token = 0, first_head = 0;
};

// scores (heads * queries, stride), the rows of a head together. Query i is at position p =
// `position` + i of its span and sees the keys at positions below p + ahead and, if window > 0,
// above p - window.
template <class T>
struct ScoreTile {
  T* scores;  // q k^T
  int64_t stride;
  int64_t heads, queries, position;
  KeyRun runs[2];  // of the prefix and of the span itself
  int64_t window, ahead;
  T scale;
  T soft_cap;    // above 0: scores become soft_cap tanh(scale score / soft_cap)
  T* slopes;     // (stride), to work in where there is a soft cap
  T* logsumexp;  // of query i and head h of the tile at [i * logsumexp_stride + h]
  int64_t logsumexp_stride;
  TileDropout dropout = {};
};

// Scores become e^(s - largest s) of scaled and capped scores s, zero where not visible and in
// kGemmRows - 1 columns after each run; inverse (heads * queries) = 1 / their sums, then they are
// dropped. Writes logsumexp.
template <class T>
void softmax_tile(const ScoreTile<T>& tile, T* inverse);

// Reads logsumexp. Scores become probabilities, dropped; grad (heads * queries, stride) comes as
// their gradient and becomes that of q k^T. Zeros as above.
template <class T>
void softmax_backward_tile(const ScoreTile<T>& tile, T* grad);

}  // namespace laurel
