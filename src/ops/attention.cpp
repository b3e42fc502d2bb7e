// Attention on CPU: per prefix group and key/value head, in tiles of queries against keys gathered
// once, the query heads of one key/value head folded into rows.
#include "ops/attention.h"

#include <ATen/Parallel.h>

#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "ops/attention_tiles.h"
#include "ops/cuda/attention_math.h"
#include "ops/cuda/device.h"
#include "ops/cuda/flash.h"

namespace laurel {

namespace {

// Spans that continue one span: they share its keys, so one thread adds up their gradients.
std::vector<PrefixGroup> prefix_groups_of(std::span<const Span> spans) {
  std::vector<PrefixGroup> prefix_groups;
  std::vector<size_t> prefix_group(spans.size());
  for (size_t i = 0; i < spans.size(); ++i) {
    const Span& span = spans[i];
    if (span.prefix < 0) {
      prefix_group[i] = prefix_groups.size();
      prefix_groups.push_back({{span.begin, span.length, 0}});
      continue;
    }
    TORCH_INTERNAL_ASSERT(static_cast<size_t>(span.prefix) < i && spans[span.prefix].prefix < 0);
    PrefixGroup& shared = prefix_groups[prefix_group[i] = prefix_group[span.prefix]];
    const int64_t end = shared.back().key + shared.back().length;
    shared.push_back({span.begin, span.length, (end + kPanel - 1) / kPanel * kPanel});
  }
  return prefix_groups;
}

// How far ahead of itself a query sees, in positions; 1: up to its own.
int64_t seen_ahead(const AttentionMask& mask) {
  if (mask.causal) return 1;
  return mask.window > 0 ? mask.window : std::numeric_limits<int32_t>::max();
}

template <class T>
AttentionPointers<T> pointers_of(const Qkv& qkv, const at::Tensor& logsumexp,
                                 const AttentionMask& mask) {
  TORCH_INTERNAL_ASSERT(qkv.q.size(1) % qkv.k.size(1) == 0);
  return {.q = rows_of<const T>(qkv.q),
          .k = rows_of<const T>(qkv.k),
          .v = rows_of<const T>(qkv.v),
          .logsumexp = logsumexp.data_ptr<Compute<T>>(),
          .group = qkv.q.size(1) / qkv.k.size(1),
          .window = mask.window,
          .ahead = seen_ahead(mask),
          .scale = static_cast<Compute<T>>(attention_scale(mask, qkv.q.size(2))),
          .soft_cap = static_cast<Compute<T>>(mask.soft_cap),
          .dropout = mask.dropout};
}

// Calls work(tiles, prefix_group, kv_head) for all prefix groups and key/value heads.
template <class Tiles, class Work>
void for_prefix_groups(std::span<const Span> spans, int64_t kv_heads, const Work& work) {
  const std::vector<PrefixGroup> prefix_groups = prefix_groups_of(spans);
  const auto parts = static_cast<int64_t>(prefix_groups.size()) * kv_heads;
  at::parallel_for(0, parts, 1, [&](int64_t begin, int64_t end) {
    thread_local Tiles tiles;
    for (int64_t part = begin; part < end; ++part) {
      work(tiles, prefix_groups[part / kv_heads], part % kv_heads);
    }
  });
}

bool fit_pairs(const Qkv& qkv) {
  return has_bf16_pair_gemm() && qkv.q.size(2) % 2 == 0 && qkv.k.stride(0) % 2 == 0 &&
         qkv.v.stride(0) % 2 == 0;
}

// The same with the tiles for the heads' type and the CPU.
template <class T, class Work>
void for_prefix_groups_of(const Qkv& qkv, const AttentionMask& mask, const Work& work) {
  if constexpr (std::is_same_v<T, Bf16>) {
    if (fit_pairs(qkv)) {
      return for_prefix_groups<AttentionTiles<T, Bf16Pair>>(mask.spans, qkv.k.size(1), work);
    }
  }
  for_prefix_groups<AttentionTiles<T, Compute<T>>>(mask.spans, qkv.k.size(1), work);
}

}  // namespace

double attention_scale(const AttentionMask& mask, int64_t head_dim) {
  return mask.scale > 0 ? mask.scale : 1 / std::sqrt(static_cast<double>(head_dim));
}

void attention_forward(const Qkv& qkv, const AttentionMask& mask, const AttentionOutput& output) {
  TORCH_INTERNAL_ASSERT(!mask.dropout || !on_cuda(qkv.q));
  if (on_cuda(qkv.q)) {
    if (!flash_supports(qkv, mask)) return attention_math_forward(qkv, mask, output);
    return flash_forward(qkv, mask, output);
  }
  with_storage(qkv.q.scalar_type(), [&]<class T>(T) {
    const auto pointers = pointers_of<T>(qkv, output.logsumexp, mask);
    const StridedRows<T> out = rows_of<T>(output.out);
    for_prefix_groups_of<T>(qkv, mask,
                            [&](auto& tiles, const PrefixGroup& prefix_group, int64_t kv_head) {
                              tiles.forward(pointers, prefix_group, kv_head, out);
                            });
  });
}

void attention_backward(const at::Tensor& grad, const Qkv& qkv, const AttentionMask& mask,
                        const AttentionOutput& output, const Qkv& grad_qkv) {
  if (on_cuda(grad)) {
    if (!flash_supports(qkv, mask)) {
      return attention_math_backward(grad, qkv, mask, output.logsumexp, grad_qkv);
    }
    return flash_backward(grad, qkv, mask, output, grad_qkv);
  }
  with_storage(qkv.q.scalar_type(), [&]<class T>(T) {
    const auto pointers = pointers_of<T>(qkv, output.logsumexp, mask);
    const AttentionGradients<T> gradients{rows_of<const T>(grad), rows_of<T>(grad_qkv.q),
                                          rows_of<T>(grad_qkv.k), rows_of<T>(grad_qkv.v)};
    for_prefix_groups_of<T>(qkv, mask,
                            [&](auto& tiles, const PrefixGroup& prefix_group, int64_t kv_head) {
                              tiles.backward(pointers, prefix_group, kv_head, gradients);
                            });
  });
}

}  // namespace laurel
