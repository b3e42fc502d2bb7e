// One thread's work of attention: the keys of one prefix group and key/value head, in tiles of
// queries.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "ops/attention.h"
#include "ops/attention_operands.h"
#include "ops/cpu/softmax.h"
#include "ops/strided_rows.h"

namespace laurel {

// A span and, of its prefix group's gathered keys, the first of its own. The first span of a prefix
// group is the prefix of the others.
struct PrefixGroupSpan {
  int64_t token, length, key;
};
using PrefixGroup = std::vector<PrefixGroupSpan>;

template <class T>
struct AttentionPointers {
  StridedRows<const T> q, k, v;
  Compute<T>* logsumexp;  // (T, heads)
  int64_t group;          // query heads per key/value head
  int64_t window, ahead;  // as ScoreTile's
  Compute<T> scale, soft_cap;
  DropoutMask dropout;
};

template <class T>
struct AttentionGradients {
  StridedRows<const T> out;
  StridedRows<T> q, k, v;
};

// Products take Units: Compute<T>, or pairs of bf16, to which probabilities are then rounded.
// Scores are Compute<T>: in bf16 they would lose too much. Memory grows to the largest prefix group
// and is used again.
template <class T, class Packed>
class AttentionTiles {
 public:
  // Attention of all queries of the key/value head's group, into out (T, heads, K).
  void forward(const AttentionPointers<T>& pointers, const PrefixGroup& prefix_group,
               int64_t kv_head, const StridedRows<T>& out);

  // Overwrites the gradients of the prefix group's queries, keys and values.
  void backward(const AttentionPointers<T>& pointers, const PrefixGroup& prefix_group,
                int64_t kv_head, const AttentionGradients<T>& gradients);

 private:
  using C = Compute<T>;
  using Layout = Operands<T, Packed>;
  static constexpr int64_t kPair = Layout::kPair;

  // Some queries of a span, the keys that they may see, and where those lie among the gathered.
  struct Tile {
    int64_t token, rows;
    ScoreTile<C> scores;
    int64_t keys[2];  // of the score tile's runs
  };

  void start(const AttentionPointers<T>& pointers, const PrefixGroup& prefix_group,
             int64_t kv_head);
  // Calls work(tile) for all tiles of the prefix group's queries.
  template <class Work>
  void for_tiles(const PrefixGroup& prefix_group, const Work& work);
  Tile tile_at(const PrefixGroup& prefix_group, const PrefixGroupSpan& span, int64_t begin,
               int64_t queries);

  // Of the tile that begins with this token.
  TileDropout dropout_of(int64_t token) const {
    return {pointers_.dropout, token, kv_head_ * pointers_.group};
  }

  // scores = queries keys^T;  result = scores values;  sums += scores^T queries; over both runs.
  void score(const Tile& tile, const Packed* queries, const Packed* transposed_keys,
             C* scores) const;
  void apply(const Tile& tile, const Packed* scores, const Packed* values, C* result) const;
  void accumulate(const Tile& tile, const Packed* scores, const Packed* queries, C* sums) const;
  void backward_tile(const Tile& tile, const AttentionGradients<T>& gradients);

  // Rows (heads of the group, queries of the tile) of (T, heads, K) from and to gathered ones.
  void pack(const Tile& tile, const StridedRows<const T>& from, Packed* to) const;
  void unpack(const Tile& tile, const C* from, const C* factors, const StridedRows<T>& to) const;
  // Keys or values of the prefix group concatenated, or transposed in panels of kPanel.
  void gather(const PrefixGroup& prefix_group, const StridedRows<const T>& from, Packed* to) const;
  void gather_transposed(const PrefixGroup& prefix_group, const StridedRows<const T>& from,
                         Packed* to) const;
  void scatter(const PrefixGroup& prefix_group, const C* from, const StridedRows<T>& to) const;

  AttentionPointers<T> pointers_{};
  int64_t kv_head_ = 0, head_dim_ = 0;
  int64_t width_ = 0;       // of gathered rows: head_dim_ rounded up
  int64_t key_memory_ = 0;  // rows of gathered keys
  // Flat; rounded up to whole register tiles.
  at::Tensor transposed_keys_, transposed_values_, keys_, values_, grad_keys_, grad_values_;
  at::Tensor queries_, grad_out_, result_, scores_, grad_scores_, slopes_, inverse_;
  at::Tensor paired_queries_, paired_scores_;
};

// The first key of a span among the gathered ones is at a multiple of this.
inline constexpr int64_t kPanel = 64;

}  // namespace laurel
