// Loops of the softmax of attention, cloned per instruction set.
#include "ops/cpu/softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/cpu/clones.h"
#include "ops/cpu/dropout.h"
#include "ops/cpu/exp.h"

namespace laurel {

namespace {

struct Columns {
  int64_t begin, end;
};

// What a query at this position sees of a run; empty: begin == end.
template <class T>
inline __attribute__((always_inline)) Columns visible(const ScoreTile<T>& tile, const KeyRun& run,
                                                      int64_t position) {
  const int64_t first = tile.window > 0 ? position + 1 - tile.window - run.position : 0;
  const int64_t end = std::clamp<int64_t>(position + tile.ahead - run.position, 0, run.count);
  return {run.column + std::clamp<int64_t>(first, 0, end), run.column + end};
}

// In explicit vectors: because of NaN the compiler does not vectorise a maximum.
template <class T>
inline __attribute__((always_inline)) T largest(const T* x, Columns columns, T least) {
  using Vector [[gnu::vector_size(64)]] = T;
  constexpr int64_t kLanes = 64 / sizeof(T);
  int64_t j = columns.begin;
  if (j + kLanes <= columns.end) {
    Vector top, next;
    __builtin_memcpy(&top, x + j, sizeof top);
    for (j += kLanes; j + kLanes <= columns.end; j += kLanes) {
      __builtin_memcpy(&next, x + j, sizeof next);
      top = next > top ? next : top;
    }
    for (int64_t lane = 0; lane < kLanes; ++lane) least = top[lane] > least ? top[lane] : least;
  }
  for (; j < columns.end; ++j) least = x[j] > least ? x[j] : least;
  return least;
}

template <class T>
inline __attribute__((always_inline)) void clear_hidden(const KeyRun& run, Columns seen, T* x) {
  std::fill(x + run.column, x + seen.begin, T(0));
  std::fill(x + seen.end, x + run.column + run.count + kGemmRows - 1, T(0));
}

// A pass of its own, so that models without a soft cap do not pay for it.
template <class T>
inline __attribute__((always_inline)) void cap_scores(const ScoreTile<T>& tile, Columns seen,
                                                      T* __restrict s) {
  const T cap = tile.soft_cap, inner = tile.scale / cap;
  for (int64_t j = seen.begin; j < seen.end; ++j) s[j] = cap * fast_tanh(inner * s[j]);
}

// The same, and the derivative of capped scores with respect to q k^T.
template <class T>
inline __attribute__((always_inline)) void cap_scores(const ScoreTile<T>& tile, Columns seen,
                                                      T* __restrict s, T* __restrict slopes) {
  const T cap = tile.soft_cap, scale = tile.scale, inner = scale / cap;
  for (int64_t j = seen.begin; j < seen.end; ++j) {
    const T t = fast_tanh(inner * s[j]);
    s[j] = cap * t;
    slopes[j] = scale * (1 - t * t);
  }
}

// x, probabilities of a row or their gradients; columns of the mask are positions of keys.
template <class T>
inline __attribute__((always_inline)) void drop_row(const ScoreTile<T>& tile, int64_t head,
                                                    int64_t query, const Columns (&seen)[2], T* x) {
  const TileDropout& dropout = tile.dropout;
  const RowDropout row = row_dropout(dropout.mask, dropout.first_token + query,
                                     static_cast<uint64_t>(dropout.first_head + head));
  for (int i = 0; i < 2; ++i) {
    const KeyRun& run = tile.runs[i];
    drop_elements(x + seen[i].begin, seen[i].end - seen[i].begin,
                  run.position + seen[i].begin - run.column, row);
  }
}

// Gradient of probabilities p -> that of q k^T, in place.
template <class T>
inline __attribute__((always_inline)) void softmax_gradient(Columns seen, const T* __restrict p,
                                                            T mean, T scale, T* __restrict grad) {
  for (int64_t j = seen.begin; j < seen.end; ++j) grad[j] = p[j] * (grad[j] - mean) * scale;
}

template <class T>
inline __attribute__((always_inline)) void softmax_gradient(Columns seen, const T* __restrict p,
                                                            T mean, const T* __restrict slopes,
                                                            T* __restrict grad) {
  for (int64_t j = seen.begin; j < seen.end; ++j) grad[j] = p[j] * (grad[j] - mean) * slopes[j];
}

}  // namespace

template <class T>
LAUREL_CLONES void softmax_tile(const ScoreTile<T>& tile, T* inverse) {
  const bool capped = tile.soft_cap > 0;
  const T scale = capped ? T(1) : tile.scale;  // of what the exponential sees
  for (int64_t row = 0; row < tile.heads * tile.queries; ++row) {
    const int64_t head = row / tile.queries;
    const int64_t query = row % tile.queries;
    const Columns seen[] = {visible(tile, tile.runs[0], tile.position + query),
                            visible(tile, tile.runs[1], tile.position + query)};
    T* s = tile.scores + row * tile.stride;
    if (capped) {
      for (const Columns& columns : seen) cap_scores(tile, columns, s);
    }
    T top = largest(s, seen[0], -std::numeric_limits<T>::infinity());
    top = largest(s, seen[1], top);
    T sum = 0;
    for (const Columns& columns : seen) {
      for (int64_t j = columns.begin; j < columns.end; ++j) {
        s[j] = fast_exp((s[j] - top) * scale);
        sum += s[j];
      }
    }
    if (tile.dropout.mask) drop_row(tile, head, query, seen, s);
    for (int i = 0; i < 2; ++i) clear_hidden(tile.runs[i], seen[i], s);
    inverse[row] = 1 / sum;
    tile.logsumexp[query * tile.logsumexp_stride + head] = top * scale + std::log(sum);
  }
}

template <class T>
LAUREL_CLONES void softmax_backward_tile(const ScoreTile<T>& tile, T* grad) {
  const bool capped = tile.soft_cap > 0;
  const T scale = capped ? T(1) : tile.scale;
  for (int64_t row = 0; row < tile.heads * tile.queries; ++row) {
    const int64_t head = row / tile.queries;
    const int64_t query = row % tile.queries;
    const Columns seen[] = {visible(tile, tile.runs[0], tile.position + query),
                            visible(tile, tile.runs[1], tile.position + query)};
    T* __restrict s = tile.scores + row * tile.stride;
    T* __restrict g = grad + row * tile.stride;
    const T logsumexp = tile.logsumexp[query * tile.logsumexp_stride + head];
    if (capped) {
      for (const Columns& columns : seen) cap_scores(tile, columns, s, tile.slopes);
    }
    if (tile.dropout.mask) drop_row(tile, head, query, seen, g);
    T mean = 0;
    for (const Columns& columns : seen) {
      for (int64_t j = columns.begin; j < columns.end; ++j) {
        s[j] = fast_exp(s[j] * scale - logsumexp);
        mean += s[j] * g[j];
      }
    }
    for (const Columns& columns : seen) {
      if (capped) {
        softmax_gradient(columns, s, mean, tile.slopes, g);
      } else {
        softmax_gradient(columns, s, mean, scale, g);
      }
    }
    if (tile.dropout.mask) drop_row(tile, head, query, seen, s);
    for (int i = 0; i < 2; ++i) {
      clear_hidden(tile.runs[i], seen[i], s);
      clear_hidden(tile.runs[i], seen[i], g);
    }
  }
}

template void softmax_tile(const ScoreTile<float>&, float*);
template void softmax_tile(const ScoreTile<double>&, double*);
template void softmax_backward_tile(const ScoreTile<float>&, float*);
template void softmax_backward_tile(const ScoreTile<double>&, double*);

}  // namespace laurel
