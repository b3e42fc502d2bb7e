// What LibTorch has on CUDA only, for CPU tensors. The flash functions as they are documented:
// sequences of unequal lengths, the last query at the last key, windows, query heads that share
// keys, log sums (H, T). Products of bf16 added to an fp32 sum.
#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

#include <limits>
#include <optional>
#include <vector>

namespace {

using at::Tensor;

// How many keys a query sees on each side of its own; negative: all.
struct Window {
  int64_t left, right;
};

Window window_of(bool causal, std::optional<int64_t> left, std::optional<int64_t> right) {
  return {left.value_or(-1), causal ? 0 : right.value_or(-1)};
}

// One sequence's part, (heads, tokens, K) in fp32; heads repeated for the query heads that share.
Tensor part(const Tensor& x, const Tensor& cu, int64_t sequence, int64_t repeat) {
  const int64_t begin = cu[sequence].item<int>();
  return x.narrow(0, begin, cu[sequence + 1].item<int>() - begin)
      .transpose(0, 1)
      .to(at::kFloat)
      .repeat_interleave(repeat, 0);
}

Tensor scores(const Tensor& q, const Tensor& k, double scale, Window window) {
  const int64_t n = q.size(1), m = k.size(1);
  const Tensor distance = at::arange(m - n, m).unsqueeze(1) - at::arange(m);  // query - key
  Tensor hidden = at::zeros_like(distance, at::kBool);
  if (window.right >= 0) hidden = hidden.logical_or(-distance > window.right);
  if (window.left >= 0) hidden = hidden.logical_or(distance > window.left);
  return (at::matmul(q, k.transpose(1, 2)) * scale)
      .masked_fill(hidden, -std::numeric_limits<double>::infinity());
}

// The arguments of a call, taken from the stack: every version has these first, some have more.
std::vector<c10::IValue> arguments(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  const auto count = static_cast<int64_t>(op.schema().arguments().size());
  const std::vector<c10::IValue> values(stack.end() - count, stack.end());
  stack.resize(stack.size() - count);
  return values;
}

void forward(const c10::OperatorHandle& op, c10::DispatchKeySet, torch::jit::Stack* stack) {
  const auto a = arguments(op, *stack);
  const Tensor q = a[0].toTensor(), k = a[1].toTensor(), v = a[2].toTensor();
  const Tensor cu_q = a[3].toTensor(), cu_k = a[4].toTensor();
  const auto scale = a[10].toDouble();
  const Window window =
      window_of(a[8].toBool(), a[11].toOptional<int64_t>(), a[12].toOptional<int64_t>());
  TORCH_CHECK(a[7].toDouble() == 0);  // dropout
  const int64_t repeat = q.size(1) / k.size(1);
  const Tensor out = at::empty(q.sizes(), q.options());
  const Tensor logsumexp = at::empty({q.size(1), q.size(0)}, at::kFloat);
  for (int64_t i = 0; i + 1 < cu_q.size(0); ++i) {
    const int64_t begin = cu_q[i].item<int>();
    const Tensor s = scores(part(q, cu_q, i, 1), part(k, cu_k, i, repeat), scale, window);
    const Tensor sums = s.logsumexp({2});
    const Tensor result = at::matmul((s - sums.unsqueeze(2)).exp(), part(v, cu_k, i, repeat));
    out.narrow(0, begin, s.size(1)).copy_(result.transpose(0, 1));
    logsumexp.narrow(1, begin, s.size(1)).copy_(sums);
  }
  for (const Tensor& result : {out, logsumexp, Tensor(), Tensor(), Tensor()}) {
    stack->emplace_back(result);
  }
}

void backward(const c10::OperatorHandle& op, c10::DispatchKeySet, torch::jit::Stack* stack) {
  const auto a = arguments(op, *stack);
  const Tensor grad = a[0].toTensor(), q = a[1].toTensor(), k = a[2].toTensor();
  const Tensor v = a[3].toTensor(), out = a[4].toTensor(), logsumexp = a[5].toTensor();
  const Tensor cu_q = a[6].toTensor(), cu_k = a[7].toTensor();
  const auto scale = a[14].toDouble();
  const Window window =
      window_of(a[11].toBool(), a[15].toOptional<int64_t>(), a[16].toOptional<int64_t>());
  TORCH_CHECK(logsumexp.is_contiguous() && logsumexp.size(0) == q.size(1));
  const int64_t repeat = q.size(1) / k.size(1);
  const Tensor grad_q = at::empty(q.sizes(), q.options());
  const Tensor grad_k = at::empty(k.sizes(), k.options());
  const Tensor grad_v = at::empty(v.sizes(), v.options());
  const auto by_key = [&](const Tensor& gradient) {  // (H, m, K) -> (m, G, K)
    return gradient.unflatten(0, {k.size(1), repeat}).sum(1).transpose(0, 1);
  };
  for (int64_t i = 0; i + 1 < cu_q.size(0); ++i) {
    const int64_t first = cu_q[i].item<int>(), first_key = cu_k[i].item<int>();
    const Tensor qs = part(q, cu_q, i, 1), ks = part(k, cu_k, i, repeat);
    const Tensor sums = logsumexp.narrow(1, first, qs.size(1)).unsqueeze(2);
    const Tensor p = (scores(qs, ks, scale, window) - sums).exp();
    const Tensor g = part(grad, cu_q, i, 1);
    const Tensor mean = (g * part(out, cu_q, i, 1)).sum({2}, true);
    const Tensor ds = p * (at::matmul(g, part(v, cu_k, i, repeat).transpose(1, 2)) - mean) * scale;
    grad_q.narrow(0, first, qs.size(1)).copy_(at::matmul(ds, ks).transpose(0, 1));
    grad_k.narrow(0, first_key, ks.size(1)).copy_(by_key(at::matmul(ds.transpose(1, 2), qs)));
    grad_v.narrow(0, first_key, ks.size(1)).copy_(by_key(at::matmul(p.transpose(1, 2), g)));
  }
  for (const Tensor& result : {grad_q, grad_k, grad_v}) stack->emplace_back(result);
}

// addmm.dtype_out: out = self + a b.
void add_product(const c10::OperatorHandle& op, c10::DispatchKeySet, torch::jit::Stack* stack) {
  const auto a = arguments(op, *stack);
  Tensor out = a[6].toTensor();
  TORCH_CHECK(a[0].toTensor().is_same(out) && out.scalar_type() == at::kFloat);
  out.add_(at::mm(a[1].toTensor().to(at::kFloat), a[2].toTensor().to(at::kFloat)));
  stack->emplace_back(out);
}

TORCH_LIBRARY_IMPL(aten, CPU, library) {
  library.impl("addmm.dtype_out", torch::CppFunction::makeFromBoxedFunction<&add_product>());
  library.impl("_flash_attention_forward", torch::CppFunction::makeFromBoxedFunction<&forward>());
  library.impl("_flash_attention_backward", torch::CppFunction::makeFromBoxedFunction<&backward>());
}

}  // namespace
