// Tiles of attention: gather, product, softmax, product; and the same backwards.
#include "ops/attention_tiles.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>

#include <algorithm>
#include <cmath>

#include "ops/cpu/softmax.h"

namespace laurel {

namespace {

// Queries per tile: long spans skip the keys behind their queries in steps of this.
constexpr int64_t kTile = 128;

template <class From, class To>
void copy_elements(const From* from, To* to, int64_t n) {
  for (int64_t i = 0; i < n; ++i) store(to[i], load(from[i]));
}

template <class T>
ScoreTile<T> score_tile(const at::Tensor& scores, const TileShape& shape, int64_t first) {
  return {.scores = scores.data_ptr<T>(),
          .heads = shape.group,
          .queries = scores.size(0) / shape.group,
          .keys = scores.size(1),
          .first = first,
          .window = shape.window,
          .scale = static_cast<T>(1 / std::sqrt(static_cast<double>(shape.head_dim))),
          .log_sum = nullptr,
          .log_sum_stride = 0};
}

}  // namespace

template <class T>
AttentionPointers<T>::AttentionPointers(const Heads& heads, const at::Tensor& log_sums)
    : q(rows_of<const T>(heads.q)),
      k(rows_of<const T>(heads.k)),
      v(rows_of<const T>(heads.v)),
      log_sum(log_sums.data_ptr<Compute<T>>()) {}

template <class T>
AttentionTiles<T>::AttentionTiles(const AttentionPointers<T>& pointers, const TileShape& shape)
    : pointers_(pointers), shape_(shape) {
  const int64_t rows = shape.group * std::min(kTile, shape.most_keys);
  const auto options = at::TensorOptions(c10::CppTypeToScalarType<Compute<T>>::value);
  keys_ = at::empty({shape.most_keys * shape.head_dim}, options);
  values_ = at::empty_like(keys_);
  queries_ = at::empty({rows * shape.head_dim}, options);
  out_ = at::empty_like(queries_);
  scores_ = at::empty({rows * shape.most_keys}, options);
}

template <class T>
at::Tensor AttentionTiles<T>::matrix(const at::Tensor& flat, int64_t rows, int64_t columns) {
  return flat.narrow(0, 0, rows * columns).view({rows, columns});
}

template <class T>
typename AttentionTiles<T>::Tile AttentionTiles<T>::tile_at(const SpanPlace& span,
                                                            int64_t begin) const {
  const int64_t end = std::min(begin + kTile, span.length);
  const int64_t first_place = span.prefix_length + begin;
  const int64_t key_begin =
      shape_.window > 0 ? std::max<int64_t>(0, first_place + 1 - shape_.window) : 0;
  return {begin, end, key_begin, span.prefix_length + end};
}

template <class T>
void AttentionTiles<T>::gather_keys(const SpanPlace& span, int64_t kv_head) {
  Compute<T>* keys = keys_.data_ptr<Compute<T>>();
  Compute<T>* values = values_.data_ptr<Compute<T>>();
  const auto copy = [&](int64_t begin, int64_t length) {
    for (int64_t t = begin; t < begin + length; ++t) {
      copy_elements(pointers_.k[t * pointers_.k.inner + kv_head], keys, shape_.head_dim);
      copy_elements(pointers_.v[t * pointers_.v.inner + kv_head], values, shape_.head_dim);
      keys += shape_.head_dim;
      values += shape_.head_dim;
    }
  };
  copy(span.prefix_begin, span.prefix_length);
  copy(span.begin, span.length);
}

template <class T>
void AttentionTiles<T>::pack(const Rows<const T>& from, int64_t token, int64_t kv_head,
                             const at::Tensor& to) {
  Compute<T>* row = to.data_ptr<Compute<T>>();
  const int64_t queries = to.size(0) / shape_.group;
  for (int64_t head = kv_head * shape_.group; head < (kv_head + 1) * shape_.group; ++head) {
    for (int64_t t = token; t < token + queries; ++t, row += shape_.head_dim) {
      copy_elements(from[t * from.inner + head], row, shape_.head_dim);
    }
  }
}

template <class T>
void AttentionTiles<T>::unpack(const at::Tensor& from, int64_t token, int64_t kv_head,
                               const Rows<T>& to) {
  const Compute<T>* row = from.const_data_ptr<Compute<T>>();
  const int64_t queries = from.size(0) / shape_.group;
  for (int64_t head = kv_head * shape_.group; head < (kv_head + 1) * shape_.group; ++head) {
    for (int64_t t = token; t < token + queries; ++t, row += shape_.head_dim) {
      copy_elements(row, to[t * to.inner + head], shape_.head_dim);
    }
  }
}

template <class T>
void AttentionTiles<T>::forward(const SpanPlace& span, int64_t kv_head, const Rows<T>& out) {
  gather_keys(span, kv_head);
  const at::Tensor keys = matrix(keys_, span.prefix_length + span.length, shape_.head_dim);
  const at::Tensor values = matrix(values_, keys.size(0), shape_.head_dim);
  for (int64_t begin = 0; begin < span.length; begin += kTile) {
    const Tile tile = tile_at(span, begin);
    const int64_t rows = shape_.group * (tile.end - tile.begin);
    const int64_t key_count = tile.key_end - tile.key_begin;
    const at::Tensor queries = matrix(queries_, rows, shape_.head_dim);
    at::Tensor scores = matrix(scores_, rows, key_count);
    at::Tensor result = matrix(out_, rows, shape_.head_dim);
    pack(pointers_.q, span.begin + begin, kv_head, queries);
    at::mm_out(scores, queries, keys.narrow(0, tile.key_begin, key_count).t());
    auto args = score_tile<Compute<T>>(scores, shape_, span.prefix_length + begin - tile.key_begin);
    args.log_sum_stride = pointers_.q.inner;
    args.log_sum =
        pointers_.log_sum + (span.begin + begin) * pointers_.q.inner + kv_head * shape_.group;
    softmax_tile(args);
    at::mm_out(result, scores, values.narrow(0, tile.key_begin, key_count));
    unpack(result, span.begin + begin, kv_head, out);
  }
}

template <class T>
void AttentionTiles<T>::zero_keys(const SpanPlace& span, int64_t kv_head,
                                  const AttentionGradients<T>& gradients) {
  for (int64_t t = span.begin; t < span.begin + span.length; ++t) {
    std::fill_n(gradients.k[t * gradients.k.inner + kv_head], shape_.head_dim, T{});
    std::fill_n(gradients.v[t * gradients.v.inner + kv_head], shape_.head_dim, T{});
  }
}

template <class T>
void AttentionTiles<T>::backward_tile(const SpanPlace& span, const Tile& tile, int64_t kv_head,
                                      const AttentionGradients<T>& gradients) {
  const int64_t rows = shape_.group * (tile.end - tile.begin);
  const int64_t key_count = tile.key_end - tile.key_begin;
  const auto visible = [&](const at::Tensor& flat) {
    return flat.narrow(0, tile.key_begin * shape_.head_dim, key_count * shape_.head_dim)
        .view({key_count, shape_.head_dim});
  };
  const at::Tensor queries = matrix(queries_, rows, shape_.head_dim);
  const at::Tensor grad_out = matrix(out_, rows, shape_.head_dim);
  at::Tensor scores = matrix(scores_, rows, key_count);
  at::Tensor grad_scores = matrix(grad_scores_, rows, key_count);
  at::Tensor grad_queries = matrix(grad_queries_, rows, shape_.head_dim);
  pack(pointers_.q, span.begin + tile.begin, kv_head, queries);
  pack(gradients.out, span.begin + tile.begin, kv_head, grad_out);
  at::mm_out(scores, queries, visible(keys_).t());
  at::mm_out(grad_scores, grad_out, visible(values_).t());
  auto args =
      score_tile<Compute<T>>(scores, shape_, span.prefix_length + tile.begin - tile.key_begin);
  args.log_sum_stride = pointers_.q.inner;
  args.log_sum =
      pointers_.log_sum + (span.begin + tile.begin) * pointers_.q.inner + kv_head * shape_.group;
  softmax_backward_tile(args, grad_scores.data_ptr<Compute<T>>());
  visible(grad_values_).addmm_(scores.t(), grad_out);
  visible(grad_keys_).addmm_(grad_scores.t(), queries);
  at::mm_out(grad_queries, grad_scores, visible(keys_));
  unpack(grad_queries, span.begin + tile.begin, kv_head, gradients.q);
}

template <class T>
void AttentionTiles<T>::backward(const SpanPlace& span, int64_t kv_head,
                                 const AttentionGradients<T>& gradients) {
  if (!grad_keys_.defined()) {
    grad_keys_ = at::empty_like(keys_);
    grad_values_ = at::empty_like(keys_);
    grad_queries_ = at::empty_like(queries_);
    grad_scores_ = at::empty_like(scores_);
  }
  gather_keys(span, kv_head);
  const int64_t keys = span.prefix_length + span.length;
  grad_keys_.narrow(0, 0, keys * shape_.head_dim).zero_();
  grad_values_.narrow(0, 0, keys * shape_.head_dim).zero_();
  for (int64_t begin = 0; begin < span.length; begin += kTile) {
    backward_tile(span, tile_at(span, begin), kv_head, gradients);
  }
  scatter_keys(span, kv_head, gradients);
}

template <class T>
void AttentionTiles<T>::scatter_keys(const SpanPlace& span, int64_t kv_head,
                                     const AttentionGradients<T>& gradients) {
  const Compute<T>* keys = grad_keys_.const_data_ptr<Compute<T>>();
  const Compute<T>* values = grad_values_.const_data_ptr<Compute<T>>();
  const auto add = [&](int64_t begin, int64_t length) {
    for (int64_t t = begin; t < begin + length; ++t) {
      T* k = gradients.k[t * gradients.k.inner + kv_head];
      T* v = gradients.v[t * gradients.v.inner + kv_head];
      for (int64_t i = 0; i < shape_.head_dim; ++i) store(k[i], load(k[i]) + *keys++);
      for (int64_t i = 0; i < shape_.head_dim; ++i) store(v[i], load(v[i]) + *values++);
    }
  };
  add(span.prefix_begin, span.prefix_length);
  add(span.begin, span.length);
}

template struct AttentionPointers<float>;
template struct AttentionPointers<double>;
template struct AttentionPointers<Bf16>;
template class AttentionTiles<float>;
template class AttentionTiles<double>;
template class AttentionTiles<Bf16>;

}  // namespace laurel
