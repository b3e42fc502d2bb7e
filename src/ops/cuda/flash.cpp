// The only caller of LibTorch's private flash functions. Arguments that later versions added all
// have defaults and come last, so this compiles with every version that laurel supports.
#include "ops/cuda/flash.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_flash_attention_backward.h>
#include <ATen/ops/_flash_attention_forward.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "core/str.h"
#include "ops/cuda/attention_math.h"
#include "ops/cuda/device.h"

namespace laurel {

namespace {

// What both calls pass on: the last query is at the last key, no dropout. `left` and `right`: how
// many keys a query sees on either side of its own.
struct FlashOptions {
  bool causal;
  double scale;
  std::optional<int64_t> left, right;
};

FlashOptions options_of(const Qkv& qkv, const AttentionMask& mask) {
  FlashOptions options{mask.causal, attention_scale(mask, qkv.q.size(2)), {}, {}};
  if (mask.window > 0) {
    options.left = mask.window - 1;
    options.right = mask.causal ? 0 : mask.window - 1;
  }
  return options;
}

struct KeysAndValues {
  at::Tensor k, v;
};

// Keys and values side by side as rows (T, 2 G K) if they lie so, which fused projections do.
std::optional<at::Tensor> as_rows(const at::Tensor& k, const at::Tensor& v) {
  const int64_t width = k.size(1) * k.size(2);
  const bool packed = k.stride(1) == k.size(2) && v.stride(1) == k.size(2) &&
                      v.stride(0) == k.stride(0) && k.stride(2) == 1 && v.stride(2) == 1;
  const auto* const first = static_cast<const char*>(k.const_data_ptr());
  if (!packed || v.const_data_ptr() != first + width * k.element_size()) return {};
  return k.as_strided({k.size(0), 2 * width}, {k.stride(0), 1});
}

// k and v (T, G, K) of rows (T, 2 G K).
KeysAndValues split(const at::Tensor& rows, const at::Tensor& like) {
  const at::Tensor both = rows.view({rows.size(0), 2 * like.size(1), like.size(2)});
  return {both.narrow(1, 0, like.size(1)), both.narrow(1, like.size(1), like.size(1))};
}

KeysAndValues gather_keys_and_values(const Qkv& qkv, const FlashKeys& keys) {
  if (!keys.key_index.defined()) return {qkv.k, qkv.v};
  const auto from = as_rows(qkv.k, qkv.v);
  TORCH_INTERNAL_ASSERT(from.has_value(), "keys and values lie side by side");
  const at::Tensor rows = at::empty({keys.key_index.size(0), from->size(1)}, qkv.k.options());
  gather_rows_cuda(*from, keys.key_index, rows);
  return split(rows, qkv.k);
}

// The gradients of gathered keys and values, added up by token into grad_qkv.
void scatter(const at::Tensor& grad_k, const at::Tensor& grad_v, const FlashKeys& keys,
             const Qkv& grad_qkv) {
  if (!keys.key_index.defined()) {
    grad_qkv.k.copy_(grad_k);
    grad_qkv.v.copy_(grad_v);
    return;
  }
  const auto add_up = [&](const at::Tensor& from, const at::Tensor& to) {
    TORCH_INTERNAL_ASSERT(to.stride(1) == to.size(2) && to.stride(2) == 1);
    const int64_t width = to.size(1) * to.size(2);
    segment_sum_cuda(from.contiguous().view({from.size(0), width}), keys.sorted,
                     to.as_strided({to.size(0), width}, {to.stride(0), 1}), WriteMode::overwrite,
                     RowsOfKey::few);
  };
  add_up(grad_k, grad_qkv.k);
  add_up(grad_v, grad_qkv.v);
}

}  // namespace

FlashKeys flash_keys(std::span<const Span> spans, at::Device device) {
  std::vector<int32_t> cu_seqlens_q{0}, cu_seqlens_k{0}, index;
  FlashKeys keys;
  bool shared = false;
  const auto add = [&](const Span& span) {
    for (int32_t i = 0; i < span.length; ++i) index.push_back(span.begin + i);
  };
  for (const Span& span : spans) {
    shared = shared || span.prefix >= 0;
    if (span.prefix >= 0) add(spans[span.prefix]);
    add(span);
    cu_seqlens_q.push_back(cu_seqlens_q.back() + span.length);
    keys.max_seqlen_q = std::max<int64_t>(keys.max_seqlen_q, span.length);
    keys.max_seqlen_k = std::max<int64_t>(keys.max_seqlen_k,
                                          static_cast<int64_t>(index.size()) - cu_seqlens_k.back());
    cu_seqlens_k.push_back(static_cast<int32_t>(index.size()));
  }
  const auto on_device = [&](const std::vector<int32_t>& values) {
    return to_device(at::tensor(values, at::kInt), device);
  };
  keys.cu_seqlens_q = on_device(cu_seqlens_q);
  keys.cu_seqlens_k = on_device(cu_seqlens_k);
  if (shared) {
    keys.key_index = on_device(index);
    keys.sorted = sort_rows_cuda(keys.key_index);
  }
  return keys;
}

bool flash_supports(const Qkv& qkv, const AttentionMask& mask) {
  const int64_t width = qkv.q.size(2);
  return qkv.q.scalar_type() == at::kBFloat16 && width % 8 == 0 && width <= 256 &&
         mask.soft_cap == 0;
}

void flash_forward(const Qkv& qkv, const AttentionMask& mask, const AttentionOutput& output) {
  const FlashOptions options = options_of(qkv, mask);
  const FlashKeys& keys = *mask.flash_keys;
  const KeysAndValues kv = gather_keys_and_values(qkv, keys);
  const auto result = at::_flash_attention_forward(
      qkv.q, kv.k, kv.v, keys.cu_seqlens_q, keys.cu_seqlens_k, keys.max_seqlen_q, keys.max_seqlen_k,
      /*dropout_p=*/0.0, options.causal, /*return_debug_mask=*/false, options.scale, options.left,
      options.right);
  output.out.copy_(std::get<0>(result));
  output.logsumexp.copy_(std::get<1>(result).t());  // (H, T) there
}

void flash_backward(const at::Tensor& grad, const Qkv& qkv, const AttentionMask& mask,
                    const AttentionOutput& output, const Qkv& grad_qkv) {
  const FlashOptions options = options_of(qkv, mask);
  const FlashKeys& keys = *mask.flash_keys;
  const KeysAndValues kv = gather_keys_and_values(qkv, keys);
  // Without dropout the random state is not used.
  const at::Tensor no_random = at::empty({2}, keys.cu_seqlens_q.options().dtype(at::kLong));
  const auto [grad_q, grad_k, grad_v] = at::_flash_attention_backward(
      grad, qkv.q, kv.k, kv.v, output.out, output.logsumexp.t().contiguous(), keys.cu_seqlens_q,
      keys.cu_seqlens_k, keys.max_seqlen_q, keys.max_seqlen_k, /*dropout_p=*/0.0, options.causal,
      no_random, no_random, options.scale, options.left, options.right);
  grad_qkv.q.copy_(grad_q);
  scatter(grad_k, grad_v, keys, grad_qkv);
}

namespace {

// Two groups of a prompt with two responses, and one response alone.
const std::vector<Span> kCheckSpans{{0, 9, -1},  {9, 5, 0},   {14, 17, 0},   {31, 33, -1},
                                    {64, 70, 3}, {134, 1, 3}, {135, 130, -1}};
constexpr int64_t kCheckTokens = 265;

std::vector<AttentionMask> check_masks(const FlashKeys& keys) {
  std::vector<AttentionMask> masks;
  for (const bool causal : {true, false}) {
    for (const int64_t window : {int64_t{0}, int64_t{24}}) {
      masks.push_back({kCheckSpans, window, &keys, causal, 0, window > 0 ? 0.2 : 0});
    }
  }
  return masks;
}

struct Passes {
  AttentionOutput output;
  at::Tensor grad_qkv;
};

double relative(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor exact = b.to(at::kDouble);
  return ((a.to(at::kDouble) - exact).norm() / exact.norm()).item<double>();
}

}  // namespace

std::string check_flash(at::Device device) {
  constexpr int64_t kHeads = 4, kKvHeads = 2, kWidth = 64;
  constexpr double kTolerance = 0.02;  // bf16 rounds to 0.004
  const auto bf16 = at::TensorOptions().dtype(at::kBFloat16).device(device);
  const auto split_heads = [](const at::Tensor& qkv) {
    return Qkv{qkv.narrow(1, 0, kHeads), qkv.narrow(1, kHeads, kKvHeads),
               qkv.narrow(1, kHeads + kKvHeads, kKvHeads)};
  };
  const at::Tensor qkv = at::randn({kCheckTokens, kHeads + 2 * kKvHeads, kWidth}, bf16);
  const at::Tensor grad = at::randn({kCheckTokens, kHeads, kWidth}, bf16);
  const auto empty = [&](at::ScalarType type) {
    return Passes{{at::empty(grad.sizes(), bf16.dtype(type)),
                   at::empty({kCheckTokens, kHeads}, bf16.dtype(at::kFloat))},
                  at::empty(qkv.sizes(), bf16.dtype(type))};
  };
  const FlashKeys keys = flash_keys(kCheckSpans, device);
  for (const AttentionMask& mask : check_masks(keys)) {
    const Passes flash = empty(at::kBFloat16);
    flash_forward(split_heads(qkv), mask, flash.output);
    flash_backward(grad, split_heads(qkv), mask, flash.output, split_heads(flash.grad_qkv));
    const Passes math = empty(at::kFloat);
    const Qkv exact = split_heads(qkv.to(at::kFloat));
    attention_math_forward(exact, mask, math.output);
    attention_math_backward(grad.to(at::kFloat), exact, mask, math.output.logsumexp,
                            split_heads(math.grad_qkv));
    const double errors[] = {relative(flash.output.out, math.output.out),
                             relative(flash.output.logsumexp, math.output.logsumexp),
                             relative(flash.grad_qkv, math.grad_qkv)};
    const char* const names[] = {"values", "log sums", "gradients"};
    for (int i = 0; i < 3; ++i) {
      // Also true for NaN.
      if (!(errors[i] < kTolerance)) {
        return str("flash attention of this LibTorch differs from plain attention: ", names[i],
                   " by ", errors[i], " (", mask.causal ? "causal" : "not causal", ", window ",
                   mask.window, "), expected below ", kTolerance);
      }
    }
  }
  return "";
}

}  // namespace laurel
