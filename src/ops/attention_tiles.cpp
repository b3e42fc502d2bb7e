// Tiles of attention: gather, product, softmax, product; and the same backwards.
#include "ops/attention_tiles.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>

#include "ops/cpu/copies.h"

namespace laurel {

namespace {

// Rows of a tile: its scores against some hundreds of keys stay in the second cache.
constexpr int64_t kRows = 96;

int64_t rounded_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

// Memory of at least `size` elements that is kept between calls; what it held may be lost.
template <class C>
C* grow(at::Tensor& memory, int64_t size) {
  if (!memory.defined() || memory.numel() < size) {
    memory = at::empty({size + size / 4}, c10::CppTypeToScalarType<C>::value);
  }
  return memory.data_ptr<C>();
}

// The keys of a run that no query of the tile sees, because of the window, whole panels of them.
int64_t keys_behind_window(int64_t window, int64_t place, int64_t run_place) {
  if (window == 0) return 0;
  return std::max<int64_t>(0, place + 1 - window - run_place) / kPanel * kPanel;
}

}  // namespace

template <class T>
void AttentionTiles<T>::start(const AttentionPointers<T>& pointers, const Family& family,
                              int64_t kv_head) {
  pointers_ = pointers;
  kv_head_ = kv_head;
  head_dim_ = pointers.q.width;
  width_ = rounded_up(head_dim_, kProductColumns<C>);
  key_memory_ = rounded_up(family.back().key + family.back().length, kPanel) + kPanel;
}

template <class T>
template <class Work>
void AttentionTiles<T>::for_tiles(const Family& family, const Work& work) {
  const int64_t step = std::clamp<int64_t>(kRows / pointers_.group, 16, kRows);
  const int64_t rows = rounded_up(step * pointers_.group, kProductRows);
  for (at::Tensor* memory : {&queries_, &grad_out_, &result_}) grow<C>(*memory, rows * width_);
  grow<C>(inverse_, rows);
  for (const FamilySpan& span : family) {
    for (int64_t begin = 0; begin < span.length; begin += step) {
      Tile tile = tile_at(family, span, begin, std::min(step, span.length - begin));
      work(tile);
    }
  }
}

template <class T>
typename AttentionTiles<T>::Tile AttentionTiles<T>::tile_at(const Family& family,
                                                            const FamilySpan& span, int64_t begin,
                                                            int64_t queries) {
  const FamilySpan& prefix = family.front();
  const int64_t own = &span == &prefix ? 0 : prefix.length;  // place of the span's first token
  const int64_t place = own + begin;
  const int64_t skipped[] = {
      std::min(own, keys_behind_window(pointers_.window, place, 0)),
      keys_behind_window(pointers_.window, place, own),
  };
  const KeyRun first{.column = 0, .place = skipped[0], .count = own - skipped[0]};
  const KeyRun second{.column = rounded_up(first.count + kProductRows, kProductColumns<C>),
                      .place = own + skipped[1],
                      .count = begin + queries - skipped[1]};
  const int64_t stride =
      second.column + rounded_up(second.count + kProductRows, kProductColumns<C>);
  const int64_t rows = pointers_.group * queries;
  const int64_t log_sums = pointers_.q.inner;
  return {.token = span.token + begin,
          .rows = rows,
          .scores = {.scores = grow<C>(scores_, rounded_up(rows, kProductRows) * stride),
                     .stride = stride,
                     .heads = pointers_.group,
                     .queries = queries,
                     .place = place,
                     .runs = {first, second},
                     .window = pointers_.window,
                     .scale = static_cast<C>(1 / std::sqrt(static_cast<double>(head_dim_))),
                     .log_sum = pointers_.log_sum + (span.token + begin) * log_sums +
                                kv_head_ * pointers_.group,
                     .log_sum_stride = log_sums},
          .keys = {prefix.key + skipped[0], span.key + skipped[1]}};
}

template <class T>
void AttentionTiles<T>::score(const Tile& tile, const C* queries, const C* transposed_keys,
                              C* scores) const {
  for (int run = 0; run < 2; ++run) {
    const KeyRun& keys = tile.scores.runs[run];
    for (int64_t panel = 0; panel < keys.count; panel += kPanel) {
      multiply<C>({.a = queries,
                   .a_row = width_,
                   .a_inner = 1,
                   .b = transposed_keys + (tile.keys[run] + panel) * head_dim_,
                   .b_row = kPanel,
                   .c = scores + keys.column + panel,
                   .c_row = tile.scores.stride,
                   .rows = tile.rows,
                   .columns = std::min(kPanel, keys.count - panel),
                   .inner = head_dim_,
                   .add = false});
    }
  }
}

template <class T>
void AttentionTiles<T>::apply(const Tile& tile, const C* scores, const C* values, C* result) const {
  // The own run first: it is never empty.
  for (const int run : {1, 0}) {
    const KeyRun& keys = tile.scores.runs[run];
    multiply<C>({.a = scores + keys.column,
                 .a_row = tile.scores.stride,
                 .a_inner = 1,
                 .b = values + tile.keys[run] * width_,
                 .b_row = width_,
                 .c = result,
                 .c_row = width_,
                 .rows = tile.rows,
                 .columns = head_dim_,
                 .inner = keys.count,
                 .add = run == 0});
  }
}

template <class T>
void AttentionTiles<T>::accumulate(const Tile& tile, const C* scores, const C* queries,
                                   C* sums) const {
  for (int run = 0; run < 2; ++run) {
    const KeyRun& keys = tile.scores.runs[run];
    multiply<C>({.a = scores + keys.column,
                 .a_row = 1,
                 .a_inner = tile.scores.stride,
                 .b = queries,
                 .b_row = width_,
                 .c = sums + tile.keys[run] * width_,
                 .c_row = width_,
                 .rows = keys.count,
                 .columns = head_dim_,
                 .inner = tile.rows,
                 .add = true});
  }
}

template <class T>
void AttentionTiles<T>::pack(const Tile& tile, const Rows<const T>& from, C* to) const {
  const int64_t queries = tile.scores.queries;
  for (int64_t head = 0; head < pointers_.group; ++head) {
    copy_rows<T, C>({from[tile.token * from.inner + kv_head_ * pointers_.group + head],
                     from.outer_stride, to + head * queries * width_, width_, queries, head_dim_});
  }
}

template <class T>
void AttentionTiles<T>::unpack(const Tile& tile, const C* from, const C* factors,
                               const Rows<T>& to) const {
  const int64_t queries = tile.scores.queries;
  for (int64_t head = 0; head < pointers_.group; ++head) {
    const RowCopy<C, T> copy{from + head * queries * width_,
                             width_,
                             to[tile.token * to.inner + kv_head_ * pointers_.group + head],
                             to.outer_stride,
                             queries,
                             head_dim_};
    if (factors == nullptr) {
      copy_rows(copy);
    } else {
      copy_scaled_rows(copy, factors + head * queries);
    }
  }
}

template <class T>
void AttentionTiles<T>::gather(const Family& family, const Rows<const T>& from, C* to) const {
  for (const FamilySpan& span : family) {
    copy_rows<T, C>({from[span.token * from.inner + kv_head_], from.outer_stride,
                     to + span.key * width_, width_, span.length, head_dim_});
  }
}

template <class T>
void AttentionTiles<T>::gather_transposed(const Family& family, const Rows<const T>& from,
                                          C* to) const {
  for (const FamilySpan& span : family) {
    for (int64_t i = 0; i < span.length; i += kPanel) {
      copy_transposed<T, C>({from[(span.token + i) * from.inner + kv_head_], from.outer_stride,
                             to + (span.key + i) * head_dim_, kPanel,
                             std::min(kPanel, span.length - i), head_dim_});
    }
  }
}

template <class T>
void AttentionTiles<T>::scatter(const Family& family, const C* from, const Rows<T>& to) const {
  for (const FamilySpan& span : family) {
    copy_rows<C, T>({from + span.key * width_, width_, to[span.token * to.inner + kv_head_],
                     to.outer_stride, span.length, head_dim_});
  }
}

template <class T>
void AttentionTiles<T>::forward(const AttentionPointers<T>& pointers, const Family& family,
                                int64_t kv_head, const Rows<T>& out) {
  start(pointers, family, kv_head);
  C* const keys = grow<C>(transposed_keys_, key_memory_ * head_dim_);
  C* const values = grow<C>(values_, key_memory_ * width_);
  gather_transposed(family, pointers.k, keys);
  gather(family, pointers.v, values);
  for_tiles(family, [&](const Tile& tile) {
    C* const queries = queries_.data_ptr<C>();
    C* const result = result_.data_ptr<C>();
    C* const inverse = inverse_.data_ptr<C>();
    pack(tile, pointers.q, queries);
    score(tile, queries, keys, tile.scores.scores);
    softmax_tile(tile.scores, inverse);
    apply(tile, tile.scores.scores, values, result);
    unpack(tile, result, inverse, out);
  });
}

template <class T>
void AttentionTiles<T>::backward(const AttentionPointers<T>& pointers, const Family& family,
                                 int64_t kv_head, const AttentionGradients<T>& gradients) {
  start(pointers, family, kv_head);
  C* const transposed_keys = grow<C>(transposed_keys_, key_memory_ * head_dim_);
  C* const transposed_values = grow<C>(transposed_values_, key_memory_ * head_dim_);
  C* const keys = grow<C>(keys_, key_memory_ * width_);
  C* const grad_keys = grow<C>(grad_keys_, key_memory_ * width_);
  C* const grad_values = grow<C>(grad_values_, key_memory_ * width_);
  gather_transposed(family, pointers.k, transposed_keys);
  gather_transposed(family, pointers.v, transposed_values);
  gather(family, pointers.k, keys);
  std::fill_n(grad_keys, key_memory_ * width_, C(0));
  std::fill_n(grad_values, key_memory_ * width_, C(0));
  for_tiles(family, [&](const Tile& tile) {
    C* const queries = queries_.data_ptr<C>();
    C* const grad_out = grad_out_.data_ptr<C>();
    C* const grad_queries = result_.data_ptr<C>();
    C* const scores = tile.scores.scores;
    C* const grad_scores =
        grow<C>(grad_scores_, rounded_up(tile.rows, kProductRows) * tile.scores.stride);
    pack(tile, pointers.q, queries);
    pack(tile, gradients.out, grad_out);
    score(tile, queries, transposed_keys, scores);
    score(tile, grad_out, transposed_values, grad_scores);
    softmax_backward_tile(tile.scores, grad_scores);
    accumulate(tile, scores, grad_out, grad_values);
    accumulate(tile, grad_scores, queries, grad_keys);
    apply(tile, grad_scores, keys, grad_queries);
    unpack(tile, grad_queries, nullptr, gradients.q);
  });
  scatter(family, grad_keys, gradients.k);
  scatter(family, grad_values, gradients.v);
}

template class AttentionTiles<float>;
template class AttentionTiles<double>;
template class AttentionTiles<Bf16>;

}  // namespace laurel
