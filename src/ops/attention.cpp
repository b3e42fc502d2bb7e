// Attention on CPU: per prefix family and key/value head, in tiles of queries against keys gathered
// once, the query heads of one key/value head folded into rows.
#include "ops/attention.h"

#include <ATen/Parallel.h>

#include <type_traits>
#include <vector>

#include "ops/attention_tiles.h"
#include "ops/cuda/attention_math.h"
#include "ops/cuda/device.h"
#include "ops/cuda/flash.h"

namespace laurel {

namespace {

// Spans that continue one span: they share its keys, so one thread adds up their gradients.
std::vector<Family> families_of(std::span<const Span> spans) {
  std::vector<Family> families;
  std::vector<size_t> family(spans.size());
  for (size_t i = 0; i < spans.size(); ++i) {
    const Span& span = spans[i];
    if (span.prefix < 0) {
      family[i] = families.size();
      families.push_back({{span.begin, span.length, 0}});
      continue;
    }
    TORCH_INTERNAL_ASSERT(static_cast<size_t>(span.prefix) < i && spans[span.prefix].prefix < 0);
    Family& shared = families[family[i] = family[span.prefix]];
    const int64_t end = shared.back().key + shared.back().length;
    shared.push_back({span.begin, span.length, (end + kPanel - 1) / kPanel * kPanel});
  }
  return families;
}

template <class T>
AttentionPointers<T> pointers_of(const Heads& heads, const at::Tensor& log_sum, int64_t window) {
  TORCH_INTERNAL_ASSERT(heads.q.size(1) % heads.k.size(1) == 0);
  return {rows_of<const T>(heads.q),         rows_of<const T>(heads.k),
          rows_of<const T>(heads.v),         log_sum.data_ptr<Compute<T>>(),
          heads.q.size(1) / heads.k.size(1), window};
}

// Calls work(tiles, family, kv_head) for all families and key/value heads.
template <class Tiles, class Work>
void for_units(std::span<const Span> spans, int64_t kv_heads, const Work& work) {
  const std::vector<Family> families = families_of(spans);
  const auto units = static_cast<int64_t>(families.size()) * kv_heads;
  at::parallel_for(0, units, 1, [&](int64_t begin, int64_t end) {
    thread_local Tiles tiles;
    for (int64_t unit = begin; unit < end; ++unit) {
      work(tiles, families[unit / kv_heads], unit % kv_heads);
    }
  });
}

bool fit_pairs(const Heads& heads) {
  return has_pair_products() && heads.q.size(2) % 2 == 0 && heads.k.stride(0) % 2 == 0 &&
         heads.v.stride(0) % 2 == 0;
}

// The same with the tiles for the heads' type and the CPU.
template <class T, class Work>
void for_units_of(const Heads& heads, const Visible& visible, const Work& work) {
  if constexpr (std::is_same_v<T, Bf16>) {
    if (fit_pairs(heads)) {
      return for_units<AttentionTiles<T, Bf16Pair>>(visible.spans, heads.k.size(1), work);
    }
  }
  for_units<AttentionTiles<T, Compute<T>>>(visible.spans, heads.k.size(1), work);
}

}  // namespace

void attention_forward(const Heads& heads, const Visible& visible, const Attended& attended) {
  if (on_cuda(heads.q)) {
    if (!flash_takes(heads)) return attention_math_forward(heads, visible, attended);
    return flash_forward(heads, *visible.keys, visible.window, attended);
  }
  with_storage(heads.q.scalar_type(), [&]<class T>(T) {
    const auto pointers = pointers_of<T>(heads, attended.log_sum, visible.window);
    const Rows<T> out = rows_of<T>(attended.out);
    for_units_of<T>(heads, visible, [&](auto& tiles, const Family& family, int64_t kv_head) {
      tiles.forward(pointers, family, kv_head, out);
    });
  });
}

void attention_backward(const at::Tensor& grad, const Heads& heads, const Visible& visible,
                        const Attended& attended, const Heads& grad_heads) {
  if (on_cuda(grad)) {
    if (!flash_takes(heads)) {
      return attention_math_backward(grad, heads, visible, attended.log_sum, grad_heads);
    }
    return flash_backward(grad, heads, *visible.keys, visible.window, attended, grad_heads);
  }
  with_storage(heads.q.scalar_type(), [&]<class T>(T) {
    const auto pointers = pointers_of<T>(heads, attended.log_sum, visible.window);
    const AttentionGradients<T> gradients{rows_of<const T>(grad), rows_of<T>(grad_heads.q),
                                          rows_of<T>(grad_heads.k), rows_of<T>(grad_heads.v)};
    for_units_of<T>(heads, visible, [&](auto& tiles, const Family& family, int64_t kv_head) {
      tiles.backward(pointers, family, kv_head, gradients);
    });
  });
}

}  // namespace laurel
