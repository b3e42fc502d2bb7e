// Loops of the softmax of attention, cloned per instruction set.
#include "ops/cpu/softmax.h"

#include <algorithm>
#include <cmath>

#include "ops/cpu/clones.h"
#include "ops/cpu/exp.h"

namespace laurel {

namespace {

struct Keys {
  int64_t begin, end;
};

template <class T>
inline __attribute__((always_inline)) Keys visible_keys(const ScoreTile<T>& tile, int64_t query) {
  const int64_t end = tile.first + query + 1;
  return {tile.window > 0 && end > tile.window ? end - tile.window : 0, end};
}

}  // namespace

template <class T>
LAUREL_CLONES void softmax_tile(const ScoreTile<T>& tile) {
  for (int64_t row = 0; row < tile.heads * tile.queries; ++row) {
    const int64_t head = row / tile.queries;
    const int64_t query = row % tile.queries;
    const Keys keys = visible_keys(tile, query);
    T* s = tile.scores + row * tile.keys;
    T top = s[keys.begin];
    for (int64_t j = keys.begin; j < keys.end; ++j) top = s[j] > top ? s[j] : top;
    T sum = 0;
    for (int64_t j = keys.begin; j < keys.end; ++j) {
      s[j] = fast_exp((s[j] - top) * tile.scale);
      sum += s[j];
    }
    const T inverse = 1 / sum;
    for (int64_t j = keys.begin; j < keys.end; ++j) s[j] *= inverse;
    std::fill(s, s + keys.begin, T(0));
    std::fill(s + keys.end, s + tile.keys, T(0));
    tile.log_sum[query * tile.log_sum_stride + head] = top * tile.scale + std::log(sum);
  }
}

template <class T>
LAUREL_CLONES void softmax_backward_tile(const ScoreTile<T>& tile, T* grad) {
  for (int64_t row = 0; row < tile.heads * tile.queries; ++row) {
    const int64_t head = row / tile.queries;
    const int64_t query = row % tile.queries;
    const Keys keys = visible_keys(tile, query);
    T* s = tile.scores + row * tile.keys;
    T* g = grad + row * tile.keys;
    const T log_sum = tile.log_sum[query * tile.log_sum_stride + head];
    T mean = 0;
    for (int64_t j = keys.begin; j < keys.end; ++j) {
      s[j] = fast_exp(s[j] * tile.scale - log_sum);
      mean += s[j] * g[j];
    }
    for (int64_t j = keys.begin; j < keys.end; ++j) g[j] = s[j] * (g[j] - mean) * tile.scale;
    std::fill(s, s + keys.begin, T(0));
    std::fill(s + keys.end, s + tile.keys, T(0));
    std::fill(g, g + keys.begin, T(0));
    std::fill(g + keys.end, g + tile.keys, T(0));
  }
}

template void softmax_tile<float>(const ScoreTile<float>&);
template void softmax_tile<double>(const ScoreTile<double>&);
template void softmax_backward_tile<float>(const ScoreTile<float>&, float*);
template void softmax_backward_tile<double>(const ScoreTile<double>&, double*);

}  // namespace laurel
