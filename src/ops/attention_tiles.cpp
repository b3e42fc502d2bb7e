// Tiles of attention: gather, product, softmax, product; and the same backwards.
#include "ops/attention_tiles.h"

#include <ATen/ops/empty.h>

#include <algorithm>

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
int64_t keys_outside_window(int64_t window, int64_t position, int64_t run_position) {
  if (window == 0) return 0;
  return std::max<int64_t>(0, position + 1 - window - run_position) / kPanel * kPanel;
}

}  // namespace

template <class T, class Packed>
void AttentionTiles<T, Packed>::start(const AttentionPointers<T>& pointers,
                                      const PrefixGroup& prefix_group, int64_t kv_head) {
  pointers_ = pointers;
  kv_head_ = kv_head;
  head_dim_ = pointers.q.width;
  width_ = rounded_up(head_dim_, kGemmColumns<C>);
  key_memory_ = rounded_up(prefix_group.back().key + prefix_group.back().length, kPanel) + kPanel;
}

template <class T, class Packed>
template <class Work>
void AttentionTiles<T, Packed>::for_tiles(const PrefixGroup& prefix_group, const Work& work) {
  const int64_t step = std::clamp<int64_t>(kRows / pointers_.group, 16, kRows);
  const int64_t rows = rounded_up(step * pointers_.group, kGemmRows);
  for (at::Tensor* memory : {&queries_, &grad_out_, &result_, &paired_queries_}) {
    grow<C>(*memory, rows * width_);
  }
  grow<C>(inverse_, rows);
  for (const PrefixGroupSpan& span : prefix_group) {
    for (int64_t begin = 0; begin < span.length; begin += step) {
      Tile tile = tile_at(prefix_group, span, begin, std::min(step, span.length - begin));
      work(tile);
    }
  }
}

template <class T, class Packed>
typename AttentionTiles<T, Packed>::Tile AttentionTiles<T, Packed>::tile_at(
    const PrefixGroup& prefix_group, const PrefixGroupSpan& span, int64_t begin, int64_t queries) {
  const PrefixGroupSpan& prefix = prefix_group.front();
  const int64_t own = &span == &prefix ? 0 : prefix.length;  // position of the span's first token
  const int64_t position = own + begin;
  const int64_t skipped[] = {
      std::min(own, keys_outside_window(pointers_.window, position, 0)),
      keys_outside_window(pointers_.window, position, own),
  };
  const KeyRun first{.column = 0, .position = skipped[0], .count = own - skipped[0]};
  const KeyRun second{
      .column = rounded_up(first.count + kGemmRows, kGemmColumns<C>),
      .position = own + skipped[1],
      .count = std::min(span.length, begin + queries - 1 + pointers_.ahead) - skipped[1]};
  const int64_t stride = second.column + rounded_up(second.count + kGemmRows, kGemmColumns<C>);
  const int64_t rows = pointers_.group * queries, heads = pointers_.q.inner;
  const int64_t size = rounded_up(rows, kGemmRows) * stride;
  grow<C>(grad_scores_, size);
  grow<C>(paired_scores_, size);
  return {.token = span.token + begin,
          .rows = rows,
          .scores = {.scores = grow<C>(scores_, size),
                     .stride = stride,
                     .heads = pointers_.group,
                     .queries = queries,
                     .position = position,
                     .runs = {first, second},
                     .window = pointers_.window,
                     .ahead = pointers_.ahead,
                     .scale = pointers_.scale,
                     .soft_cap = pointers_.soft_cap,
                     .slopes = grow<C>(slopes_, stride),
                     .logsumexp = pointers_.logsumexp + (span.token + begin) * heads +
                                  kv_head_ * pointers_.group,
                     .logsumexp_stride = heads,
                     .dropout = dropout_of(span.token + begin)},
          .keys = {prefix.key + skipped[0], span.key + skipped[1]}};
}

template <class T, class Packed>
void AttentionTiles<T, Packed>::score(const Tile& tile, const Packed* queries,
                                      const Packed* transposed_keys, C* scores) const {
  for (int run = 0; run < 2; ++run) {
    const KeyRun& keys = tile.scores.runs[run];
    for (int64_t panel = 0; panel < keys.count; panel += kPanel) {
      gemm<Packed>({.a = queries,
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

template <class T, class Packed>
void AttentionTiles<T, Packed>::apply(const Tile& tile, const Packed* scores, const Packed* values,
                                      C* result) const {
  // The own run first: it is never empty.
  for (const int run : {1, 0}) {
    const KeyRun& keys = tile.scores.runs[run];
    gemm<Packed>({.a = scores + keys.column / kPair,
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

template <class T, class Packed>
void AttentionTiles<T, Packed>::accumulate(const Tile& tile, const Packed* scores,
                                           const Packed* queries, C* sums) const {
  for (int run = 0; run < 2; ++run) {
    const KeyRun& keys = tile.scores.runs[run];
    gemm<Packed>({.a = scores + keys.column,
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

template <class T, class Packed>
void AttentionTiles<T, Packed>::pack(const Tile& tile, const StridedRows<const T>& from,
                                     Packed* to) const {
  const int64_t queries = tile.scores.queries, stride = width_ / kPair;
  for (int64_t head = 0; head < pointers_.group; ++head) {
    Layout::pack({from[tile.token * from.inner + kv_head_ * pointers_.group + head],
                  from.outer_stride, to + head * queries * stride, stride, queries, head_dim_});
  }
}

template <class T, class Packed>
void AttentionTiles<T, Packed>::unpack(const Tile& tile, const C* from, const C* factors,
                                       const StridedRows<T>& to) const {
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

template <class T, class Packed>
void AttentionTiles<T, Packed>::gather(const PrefixGroup& prefix_group,
                                       const StridedRows<const T>& from, Packed* to) const {
  for (const PrefixGroupSpan& span : prefix_group) {
    Layout::pack_along({from[span.token * from.inner + kv_head_], from.outer_stride,
                        to + span.key / kPair * width_, width_, span.length, head_dim_});
  }
}

template <class T, class Packed>
void AttentionTiles<T, Packed>::gather_transposed(const PrefixGroup& prefix_group,
                                                  const StridedRows<const T>& from,
                                                  Packed* to) const {
  for (const PrefixGroupSpan& span : prefix_group) {
    for (int64_t i = 0; i < span.length; i += kPanel) {
      Layout::pack_transposed({from[(span.token + i) * from.inner + kv_head_], from.outer_stride,
                               to + (span.key + i) * head_dim_ / kPair, kPanel,
                               std::min(kPanel, span.length - i), head_dim_});
    }
  }
}

template <class T, class Packed>
void AttentionTiles<T, Packed>::scatter(const PrefixGroup& prefix_group, const C* from,
                                        const StridedRows<T>& to) const {
  for (const PrefixGroupSpan& span : prefix_group) {
    copy_rows<C, T>({from + span.key * width_, width_, to[span.token * to.inner + kv_head_],
                     to.outer_stride, span.length, head_dim_});
  }
}

template <class T, class Packed>
void AttentionTiles<T, Packed>::forward(const AttentionPointers<T>& pointers,
                                        const PrefixGroup& prefix_group, int64_t kv_head,
                                        const StridedRows<T>& out) {
  start(pointers, prefix_group, kv_head);
  Packed* const keys = grow<Packed>(transposed_keys_, key_memory_ * head_dim_);
  Packed* const values = grow<Packed>(values_, key_memory_ * width_);
  gather_transposed(prefix_group, pointers.k, keys);
  gather(prefix_group, pointers.v, values);
  for_tiles(prefix_group, [&](const Tile& tile) {
    const int64_t stride = tile.scores.stride;
    Packed* const queries = memory<Packed>(queries_);
    C* const result = memory<C>(result_);
    C* const inverse = memory<C>(inverse_);
    pack(tile, pointers.q, queries);
    score(tile, queries, keys, tile.scores.scores);
    softmax_tile(tile.scores, inverse);
    apply(
        tile,
        Layout::over_columns(tile.scores.scores, tile.rows, stride, memory<Packed>(paired_scores_)),
        values, result);
    unpack(tile, result, inverse, out);
  });
}

template <class T, class Packed>
void AttentionTiles<T, Packed>::backward_tile(const Tile& tile,
                                              const AttentionGradients<T>& gradients) {
  const int64_t rows = tile.rows, stride = tile.scores.stride;
  Packed* const queries = memory<Packed>(queries_);
  Packed* const grad_out = memory<Packed>(grad_out_);
  Packed* const paired_queries = memory<Packed>(paired_queries_);
  Packed* const paired_scores = memory<Packed>(paired_scores_);
  C* const grad_scores = memory<C>(grad_scores_);
  pack(tile, pointers_.q, queries);
  pack(tile, gradients.out, grad_out);
  score(tile, queries, memory<Packed>(transposed_keys_), tile.scores.scores);
  score(tile, grad_out, memory<Packed>(transposed_values_), grad_scores);
  softmax_backward_tile(tile.scores, grad_scores);
  accumulate(tile, Layout::over_rows(tile.scores.scores, rows, stride, paired_scores),
             Layout::along(grad_out, rows, width_ / kPair, paired_queries),
             memory<C>(grad_values_));
  accumulate(tile, Layout::over_rows(grad_scores, rows, stride, paired_scores),
             Layout::along(queries, rows, width_ / kPair, paired_queries), memory<C>(grad_keys_));
  apply(tile, Layout::over_columns(grad_scores, rows, stride, paired_scores), memory<Packed>(keys_),
        memory<C>(result_));
  unpack(tile, memory<C>(result_), nullptr, gradients.q);
}

template <class T, class Packed>
void AttentionTiles<T, Packed>::backward(const AttentionPointers<T>& pointers,
                                         const PrefixGroup& prefix_group, int64_t kv_head,
                                         const AttentionGradients<T>& gradients) {
  start(pointers, prefix_group, kv_head);
  C* const grad_keys = grow<C>(grad_keys_, key_memory_ * width_);
  C* const grad_values = grow<C>(grad_values_, key_memory_ * width_);
  gather_transposed(prefix_group, pointers.k,
                    grow<Packed>(transposed_keys_, key_memory_ * head_dim_));
  gather_transposed(prefix_group, pointers.v,
                    grow<Packed>(transposed_values_, key_memory_ * head_dim_));
  gather(prefix_group, pointers.k, grow<Packed>(keys_, key_memory_ * width_));
  std::fill_n(grad_keys, key_memory_ * width_, C(0));
  std::fill_n(grad_values, key_memory_ * width_, C(0));
  for_tiles(prefix_group, [&](const Tile& tile) { backward_tile(tile, gradients); });
  scatter(prefix_group, grad_keys, gradients.k);
  scatter(prefix_group, grad_values, gradients.v);
}

template class AttentionTiles<float, float>;
template class AttentionTiles<double, double>;
template class AttentionTiles<Bf16, float>;
template class AttentionTiles<Bf16, Bf16Pair>;

}  // namespace laurel
