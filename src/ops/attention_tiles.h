// One thread's work of attention: scratch memory and the tiles of one span and key/value head.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "ops/attention.h"
#include "ops/rows.h"

namespace laurel {

// A span's tokens and those of the prefix it continues.
struct SpanPlace {
  int64_t begin, length, prefix_begin, prefix_length;
};

struct TileShape {
  int64_t group;  // query heads per key/value head
  int64_t head_dim;
  int64_t window;     // 0: no limit
  int64_t most_keys;  // of any span with its prefix
};

template <class T>
struct AttentionPointers {
  AttentionPointers(const Heads& heads, const at::Tensor& log_sums);

  Rows<const T> q, k, v;
  Compute<T>* log_sum;  // (T, heads)
};

template <class T>
struct AttentionGradients {
  Rows<const T> out;
  Rows<T> q, k, v;
};

// Keys, values, queries and scores are gathered as Compute<T>: bf16 scores would lose too much.
template <class T>
class AttentionTiles {
 public:
  AttentionTiles(const AttentionPointers<T>& pointers, const TileShape& shape);

  // Attention of the span's queries for one key/value head's query heads, into out (T, heads, K).
  void forward(const SpanPlace& span, int64_t kv_head, const Rows<T>& out);

  // Overwrites the queries' gradients, adds to those of the keys and values of span and prefix.
  void backward(const SpanPlace& span, int64_t kv_head, const AttentionGradients<T>& gradients);
  void zero_keys(const SpanPlace& span, int64_t kv_head, const AttentionGradients<T>& gradients);

 private:
  // Queries [begin, end) of the span and the keys [key_begin, key_end) that they can see.
  struct Tile {
    int64_t begin, end, key_begin, key_end;
  };
  Tile tile_at(const SpanPlace& span, int64_t begin) const;
  void gather_keys(const SpanPlace& span, int64_t kv_head);
  void scatter_keys(const SpanPlace& span, int64_t kv_head, const AttentionGradients<T>& gradients);
  void backward_tile(const SpanPlace& span, const Tile& tile, int64_t kv_head,
                     const AttentionGradients<T>& gradients);

  // Rows (heads of the group, queries of the tile) from and to packed tensors (T, heads, K).
  void pack(const Rows<const T>& from, int64_t token, int64_t kv_head, const at::Tensor& to);
  void unpack(const at::Tensor& from, int64_t token, int64_t kv_head, const Rows<T>& to);

  // The first rows * columns elements of a scratch tensor as a matrix.
  static at::Tensor matrix(const at::Tensor& flat, int64_t rows, int64_t columns);

  AttentionPointers<T> pointers_;
  TileShape shape_;
  at::Tensor keys_, values_, queries_, out_, scores_;                // forward
  at::Tensor grad_keys_, grad_values_, grad_queries_, grad_scores_;  // backward, made when needed
};

}  // namespace laurel
