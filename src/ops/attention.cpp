// Attention on CPU: per prefix family and key/value head, dense products on gathered keys and tiles
// of queries, the query heads of one key/value head folded into rows.
#include "ops/attention.h"

#include <ATen/Parallel.h>

#include <map>

#include "ops/attention_tiles.h"

namespace laurel {

namespace {

// Spans by the span that they continue (or are): they share keys, so one thread adds up their
// gradients.
std::vector<std::vector<Span>> families(std::span<const Span> spans) {
  std::map<int32_t, std::vector<Span>> by_root;
  for (size_t i = 0; i < spans.size(); ++i) {
    const int32_t prefix = spans[i].prefix;
    by_root[prefix < 0 ? static_cast<int32_t>(i) : prefix].push_back(spans[i]);
  }
  std::vector<std::vector<Span>> families;
  for (auto& [root, family] : by_root) families.push_back(std::move(family));
  return families;
}

SpanPlace place_of(const Span& span, std::span<const Span> spans) {
  if (span.prefix < 0) return {span.begin, span.length, 0, 0};
  const Span& prefix = spans[span.prefix];
  TORCH_INTERNAL_ASSERT(prefix.prefix < 0);
  return {span.begin, span.length, prefix.begin, prefix.length};
}

int64_t most_keys(std::span<const Span> spans) {
  int64_t most = 1;
  for (const Span& span : spans) {
    const SpanPlace place = place_of(span, spans);
    most = std::max(most, place.prefix_length + place.length);
  }
  return most;
}

TileShape shape_of(const Heads& heads, const Visible& visible) {
  const int64_t kv_heads = heads.k.size(1);
  TORCH_INTERNAL_ASSERT(heads.q.size(1) % kv_heads == 0);
  return {.group = heads.q.size(1) / kv_heads,
          .head_dim = heads.q.size(2),
          .window = visible.window,
          .most_keys = most_keys(visible.spans)};
}

}  // namespace

void attention_forward(const Heads& heads, const Visible& visible, const Attended& attended) {
  const auto all = families(visible.spans);
  const TileShape shape = shape_of(heads, visible);
  const int64_t kv_heads = heads.k.size(1);
  const auto units = static_cast<int64_t>(all.size()) * kv_heads;
  with_storage(heads.q.scalar_type(), [&]<class T>(T) {
    const AttentionPointers<T> pointers(heads, attended.log_sum);
    at::parallel_for(0, units, 1, [&](int64_t begin, int64_t end) {
      AttentionTiles<T> tiles(pointers, shape);
      for (int64_t unit = begin; unit < end; ++unit) {
        for (const Span& span : all[unit / kv_heads]) {
          tiles.forward(place_of(span, visible.spans), unit % kv_heads, rows_of<T>(attended.out));
        }
      }
    });
  });
}

void attention_backward(const at::Tensor& grad, const Heads& heads, const Visible& visible,
                        const at::Tensor& log_sum, const Heads& grad_heads) {
  const auto all = families(visible.spans);
  const TileShape shape = shape_of(heads, visible);
  const int64_t kv_heads = heads.k.size(1);
  const auto units = static_cast<int64_t>(all.size()) * kv_heads;
  with_storage(heads.q.scalar_type(), [&]<class T>(T) {
    const AttentionPointers<T> pointers(heads, log_sum);
    const AttentionGradients<T> gradients{rows_of<const T>(grad), rows_of<T>(grad_heads.q),
                                          rows_of<T>(grad_heads.k), rows_of<T>(grad_heads.v)};
    at::parallel_for(0, units, 1, [&](int64_t begin, int64_t end) {
      AttentionTiles<T> tiles(pointers, shape);
      for (int64_t unit = begin; unit < end; ++unit) {
        const int64_t head = unit % kv_heads;
        for (const Span& span : all[unit / kv_heads]) {
          tiles.zero_keys(place_of(span, visible.spans), head, gradients);
        }
        for (const Span& span : all[unit / kv_heads]) {
          tiles.backward(place_of(span, visible.spans), head, gradients);
        }
      }
    });
  });
}

}  // namespace laurel
