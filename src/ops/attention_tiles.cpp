// Tiles of attention: gather, product, softmax, product; and the same backwards.
#include "ops/attention_tiles.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>

namespace laurel {

namespace {

// Rows of a tile: its scores against some hundreds of keys stay in the second cache.
constexpr int64_t kRows = 96;

int64_t rounded_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

// Memory of at least `size` elements that is kept between calls; what it held may be lost.
template <class Element>
Element* grow(at::Tensor& memory, int64_t size) {
  const auto bytes = size * static_cast<int64_t>(sizeof(Element));
  if (!memory.defined() || memory.numel() < bytes) {
    memory = at::empty({bytes + bytes / 4}, at::kByte);
  }
  return static_cast<Element*>(memory.data_ptr());
}

template <class Element>
Element* memory(const at::Tensor& grown) {
  return static_cast<Element*>(grown.data_ptr());
}

// The keys of a run that no query of the tile sees, because of the window, whole panels of them.
int64_t keys_behind_window(int64_t window, int64_t place, int64_t run_place) {
  if (window == 0) return 0;
  return std::max<int64_t>(0, place + 1 - window - run_place) / kPanel * kPanel;
}

}  // namespace

template <class T, class Unit>
void AttentionTiles<T, Unit>::start(const AttentionPointers<T>& pointers, const Family& family,
                                    int64_t kv_head) {
  pointers_ = pointers;
  kv_head_ = kv_head;
  head_dim_ = pointers.q.width;
  width_ = rounded_up(head_dim_, kProductColumns<C>);
  key_memory_ = rounded_up(family.back().key + family.back().length, kPanel) + kPanel;
}

template <class T, class Unit>
template <class Work>
void AttentionTiles<T, Unit>::for_tiles(const Family& family, const Work& work) {
  const int64_t step = std::clamp<int64_t>(kRows / pointers_.group, 16, kRows);
  const int64_t rows = rounded_up(step * pointers_.group, kProductRows);
  for (at::Tensor* memory : {&queries_, &grad_out_, &result_, &paired_queries_}) {
    grow<C>(*memory, rows * width_);
  }
  grow<C>(inverse_, rows);
  for (const FamilySpan& span : family) {
    for (int64_t begin = 0; begin < span.length; begin += step) {
      Tile tile = tile_at(family, span, begin, std::min(step, span.length - begin));
      work(tile);
    }
  }
}

template <class T, class Unit>
typename AttentionTiles<T, Unit>::Tile AttentionTiles<T, Unit>::tile_at(const Family& family,
                                                                        const FamilySpan& span,
                                                                        int64_t begin,
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
  const int64_t size = rounded_up(rows, kProductRows) * stride;
  grow<C>(grad_scores_, size);
  grow<C>(paired_scores_, size);
  return {.token = span.token + begin,
          .rows = rows,
          .scores = {.scores = grow<C>(scores_, size),
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

template <class T, class Unit>
void AttentionTiles<T, Unit>::score(const Tile& tile, const Unit* queries,
                                    const Unit* transposed_keys, C* scores) const {
  for (int run = 0; run < 2; ++run) {
    const KeyRun& keys = tile.scores.runs[run];
    for (int64_t panel = 0; panel < keys.count; panel += kPanel) {
      multiply<Unit>({.a = queries,
                      .a_row = width_ / kPair,
                      .a_inner = 1,
                      .b = transposed_keys + (tile.keys[run] + panel) * head_dim_ / kPair,
                      .b_row = kPanel,
                      .c = scores + keys.column + panel,
                      .c_row = tile.scores.stride,
                      .rows = tile.rows,
                      .columns = std::min(kPanel, keys.count - panel),
                      .inner = head_dim_ / kPair,
                      .add = false});
    }
  }
}

template <class T, class Unit>
void AttentionTiles<T, Unit>::apply(const Tile& tile, const Unit* scores, const Unit* values,
                                    C* result) const {
  // The own run first: it is never empty.
  for (const int run : {1, 0}) {
    const KeyRun& keys = tile.scores.runs[run];
    multiply<Unit>({.a = scores + keys.column / kPair,
                    .a_row = tile.scores.stride / kPair,
                    .a_inner = 1,
                    .b = values + tile.keys[run] / kPair * width_,
                    .b_row = width_,
                    .c = result,
                    .c_row = width_,
                    .rows = tile.rows,
                    .columns = head_dim_,
                    .inner = (keys.count + kPair - 1) / kPair,
                    .add = run == 0});
  }
}

template <class T, class Unit>
void AttentionTiles<T, Unit>::accumulate(const Tile& tile, const Unit* scores, const Unit* queries,
                                         C* sums) const {
  for (int run = 0; run < 2; ++run) {
    const KeyRun& keys = tile.scores.runs[run];
    multiply<Unit>({.a = scores + keys.column,
                    .a_row = 1,
                    .a_inner = tile.scores.stride,
                    .b = queries,
                    .b_row = width_,
                    .c = sums + tile.keys[run] * width_,
                    .c_row = width_,
                    .rows = keys.count,
                    .columns = head_dim_,
                    .inner = (tile.rows + kPair - 1) / kPair,
                    .add = true});
  }
}

template <class T, class Unit>
void AttentionTiles<T, Unit>::pack(const Tile& tile, const Rows<const T>& from, Unit* to) const {
  const int64_t queries = tile.scores.queries, stride = width_ / kPair;
  for (int64_t head = 0; head < pointers_.group; ++head) {
    Layout::pack({from[tile.token * from.inner + kv_head_ * pointers_.group + head],
                  from.outer_stride, to + head * queries * stride, stride, queries, head_dim_});
  }
}

template <class T, class Unit>
void AttentionTiles<T, Unit>::unpack(const Tile& tile, const C* from, const C* factors,
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

template <class T, class Unit>
void AttentionTiles<T, Unit>::gather(const Family& family, const Rows<const T>& from,
                                     Unit* to) const {
  for (const FamilySpan& span : family) {
    Layout::pack_along({from[span.token * from.inner + kv_head_], from.outer_stride,
                        to + span.key / kPair * width_, width_, span.length, head_dim_});
  }
}

template <class T, class Unit>
void AttentionTiles<T, Unit>::gather_transposed(const Family& family, const Rows<const T>& from,
                                                Unit* to) const {
  for (const FamilySpan& span : family) {
    for (int64_t i = 0; i < span.length; i += kPanel) {
      Layout::pack_transposed({from[(span.token + i) * from.inner + kv_head_], from.outer_stride,
                               to + (span.key + i) * head_dim_ / kPair, kPanel,
                               std::min(kPanel, span.length - i), head_dim_});
    }
  }
}

template <class T, class Unit>
void AttentionTiles<T, Unit>::scatter(const Family& family, const C* from,
                                      const Rows<T>& to) const {
  for (const FamilySpan& span : family) {
    copy_rows<C, T>({from + span.key * width_, width_, to[span.token * to.inner + kv_head_],
                     to.outer_stride, span.length, head_dim_});
  }
}

template <class T, class Unit>
void AttentionTiles<T, Unit>::forward(const AttentionPointers<T>& pointers, const Family& family,
                                      int64_t kv_head, const Rows<T>& out) {
  start(pointers, family, kv_head);
  Unit* const keys = grow<Unit>(transposed_keys_, key_memory_ * head_dim_);
  Unit* const values = grow<Unit>(values_, key_memory_ * width_);
  gather_transposed(family, pointers.k, keys);
  gather(family, pointers.v, values);
  for_tiles(family, [&](const Tile& tile) {
    const int64_t stride = tile.scores.stride;
    Unit* const queries = memory<Unit>(queries_);
    C* const result = memory<C>(result_);
    C* const inverse = memory<C>(inverse_);
    pack(tile, pointers.q, queries);
    score(tile, queries, keys, tile.scores.scores);
    softmax_tile(tile.scores, inverse);
    apply(tile,
          Layout::over_columns(tile.scores.scores, tile.rows, stride, memory<Unit>(paired_scores_)),
          values, result);
    unpack(tile, result, inverse, out);
  });
}

template <class T, class Unit>
void AttentionTiles<T, Unit>::backward_tile(const Tile& tile,
                                            const AttentionGradients<T>& gradients) {
  const int64_t rows = tile.rows, stride = tile.scores.stride;
  Unit* const queries = memory<Unit>(queries_);
  Unit* const grad_out = memory<Unit>(grad_out_);
  Unit* const paired_queries = memory<Unit>(paired_queries_);
  Unit* const paired_scores = memory<Unit>(paired_scores_);
  C* const grad_scores = memory<C>(grad_scores_);
  pack(tile, pointers_.q, queries);
  pack(tile, gradients.out, grad_out);
  score(tile, queries, memory<Unit>(transposed_keys_), tile.scores.scores);
  score(tile, grad_out, memory<Unit>(transposed_values_), grad_scores);
  softmax_backward_tile(tile.scores, grad_scores);
  accumulate(tile, Layout::over_rows(tile.scores.scores, rows, stride, paired_scores),
             Layout::along(grad_out, rows, width_ / kPair, paired_queries),
             memory<C>(grad_values_));
  accumulate(tile, Layout::over_rows(grad_scores, rows, stride, paired_scores),
             Layout::along(queries, rows, width_ / kPair, paired_queries), memory<C>(grad_keys_));
  apply(tile, Layout::over_columns(grad_scores, rows, stride, paired_scores), memory<Unit>(keys_),
        memory<C>(result_));
  unpack(tile, memory<C>(result_), nullptr, gradients.q);
}

template <class T, class Unit>
void AttentionTiles<T, Unit>::backward(const AttentionPointers<T>& pointers, const Family& family,
                                       int64_t kv_head, const AttentionGradients<T>& gradients) {
  start(pointers, family, kv_head);
  C* const grad_keys = grow<C>(grad_keys_, key_memory_ * width_);
  C* const grad_values = grow<C>(grad_values_, key_memory_ * width_);
  gather_transposed(family, pointers.k, grow<Unit>(transposed_keys_, key_memory_ * head_dim_));
  gather_transposed(family, pointers.v, grow<Unit>(transposed_values_, key_memory_ * head_dim_));
  gather(family, pointers.k, grow<Unit>(keys_, key_memory_ * width_));
  std::fill_n(grad_keys, key_memory_ * width_, C(0));
  std::fill_n(grad_values, key_memory_ * width_, C(0));
  for_tiles(family, [&](const Tile& tile) { backward_tile(tile, gradients); });
  scatter(family, grad_keys, gradients.k);
  scatter(family, grad_values, gradients.v);
}

template class AttentionTiles<float, float>;
template class AttentionTiles<double, double>;
template class AttentionTiles<Bf16, float>;
template class AttentionTiles<Bf16, Bf16Pair>;

}  // namespace laurel
