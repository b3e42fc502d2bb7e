// Keys are gathered, prefix first, so that one variable-length call serves shared prompts.
#include "data/plan.h"

#include <algorithm>

#include "data/tensor_of.h"

namespace laurel {

AttentionPlan attention_plan(std::vector<Span> spans, std::span<const Read> reads) {
  AttentionPlan plan;
  std::vector<int32_t> cu_query{0}, cu_key{0}, key_index, last_cu_query{0}, last_query_index;
  const auto add_keys = [&](const Span& span) {
    for (int32_t i = 0; i < span.length; ++i) key_index.push_back(span.begin + i);
  };
  size_t row = 0;
  for (size_t i = 0; i < spans.size(); ++i) {
    const Span& span = spans[i];
    TORCH_INTERNAL_ASSERT(span.prefix < static_cast<int32_t>(i) && span.length > 0);
    TORCH_INTERNAL_ASSERT(span.prefix < 0 || spans[span.prefix].prefix < 0);
    if (span.prefix >= 0) add_keys(spans[span.prefix]);
    add_keys(span);
    for (; row < reads.size() && reads[row].begin < span.begin + span.length; ++row) {
      TORCH_INTERNAL_ASSERT(reads[row].begin >= span.begin);
      TORCH_INTERNAL_ASSERT(reads[row].end <= span.begin + span.length);
      for (int32_t t = reads[row].begin; t < reads[row].end; ++t) last_query_index.push_back(t);
    }
    plan.max_query = std::max(plan.max_query, span.length);
    plan.max_key = std::max(plan.max_key, static_cast<int32_t>(key_index.size()) - cu_key.back());
    cu_query.push_back(cu_query.back() + span.length);
    cu_key.push_back(static_cast<int32_t>(key_index.size()));
    last_cu_query.push_back(static_cast<int32_t>(last_query_index.size()));
  }
  TORCH_INTERNAL_ASSERT(row == reads.size());
  plan.spans = std::move(spans);
  plan.cu_query = tensor_of(cu_query);
  plan.cu_key = tensor_of(cu_key);
  plan.key_index = tensor_of(key_index);
  plan.last_cu_query = tensor_of(last_cu_query);
  plan.last_query_index = tensor_of(last_query_index);
  return plan;
}

}  // namespace laurel
