// Loops of the softmax of attention, cloned per instruction set.
#include "ops/cpu/softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/cpu/clones.h"
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
  const int64_t end = std::clamp<int64_t>(position + 1 - run.position, 0, run.count);
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

}  // namespace

template <class T>
LAUREL_CLONES void softmax_tile(const ScoreTile<T>& tile, T* inverse) {
  for (int64_t row = 0; row < tile.heads * tile.queries; ++row) {
    const int64_t head = row / tile.queries;
    const int64_t query = row % tile.queries;
    const Columns seen[] = {visible(tile, tile.runs[0], tile.position + query),
                            visible(tile, tile.runs[1], tile.position + query)};
    T* s = tile.scores + row * tile.stride;
    T top = largest(s, seen[0], -std::numeric_limits<T>::infinity());
    top = largest(s, seen[1], top);
    T sum = 0;
    for (const Columns& columns : seen) {
      for (int64_t j = columns.begin; j < columns.end; ++j) {
        s[j] = fast_exp((s[j] - top) * tile.scale);
        sum += s[j];
      }
    }
    for (int i = 0; i < 2; ++i) clear_hidden(tile.runs[i], seen[i], s);
    inverse[row] = 1 / sum;
    tile.logsumexp[query * tile.logsumexp_stride + head] = top * tile.scale + std::log(sum);
  }
}

template <class T>
LAUREL_CLONES void softmax_backward_tile(const ScoreTile<T>& tile, T* grad) {
  for (int64_t row = 0; row < tile.heads * tile.queries; ++row) {
    const int64_t head = row / tile.queries;
    const int64_t query = row % tile.queries;
    const Columns seen[] = {visible(tile, tile.runs[0], tile.position + query),
                            visible(tile, tile.runs[1], tile.position + query)};
    T* __restrict s = tile.scores + row * tile.stride;
    T* __restrict g = grad + row * tile.stride;
    const T logsumexp = tile.logsumexp[query * tile.logsumexp_stride + head];
    T mean = 0;
    for (const Columns& columns : seen) {
      for (int64_t j = columns.begin; j < columns.end; ++j) {
        s[j] = fast_exp(s[j] * tile.scale - logsumexp);
        mean += s[j] * g[j];
      }
    }
    for (const Columns& columns : seen) {
      for (int64_t j = columns.begin; j < columns.end; ++j) {
        g[j] = s[j] * (g[j] - mean) * tile.scale;
      }
    }
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
