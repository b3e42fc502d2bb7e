// Matrix products are ATen's; gradients of weights accumulate in place, of bf16 operands in fp32.
#include "ops/linear.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/sum.h>

#include "ops/converted_linear.h"
#include "ops/cpu/convert.h"
#include "ops/cpu_features.h"
#include "ops/cuda/device.h"
#include "ops/strided_rows.h"

// MKL's c = alpha op(a) op(b) + beta c. Every LibTorch for x86 holds MKL; where one does not, null.
extern "C" __attribute__((weak)) void cblas_gemm_bf16bf16f32(int layout, int transpose_a,
                                                             int transpose_b, int m, int n, int k,
                                                             float alpha, const uint16_t* a,
                                                             int stride_a, const uint16_t* b,
                                                             int stride_b, float beta, float* c,
                                                             int stride_c);

namespace laurel {

namespace {

Bf16MatmulBackend bf16_matmul_backend = Bf16MatmulBackend::native;  // as ATen's own settings are

bool is_converted(const at::Tensor& operand) {
  return bf16_matmul_backend == Bf16MatmulBackend::converted &&
         operand.scalar_type() == at::kBFloat16 && !on_cuda(operand);
}

bool mkl_has_fast_bf16() {
  return cblas_gemm_bf16bf16f32 != nullptr && cpu_features().intel && cpu_features().amx_bf16;
}

void accumulate_by_mkl(const at::Tensor& grad, const at::Tensor& x, const at::Tensor& sum) {
  constexpr int kRowMajor = 101, kNoTranspose = 111, kTranspose = 112;
  const auto values = [](const at::Tensor& t) {
    return static_cast<const uint16_t*>(t.const_data_ptr());
  };
  const auto stride = [](const at::Tensor& t) { return static_cast<int>(t.stride(0)); };
  const auto size = [](int64_t n) { return static_cast<int>(n); };
  cblas_gemm_bf16bf16f32(kRowMajor, kTranspose, kNoTranspose, size(sum.size(0)), size(sum.size(1)),
                         size(grad.size(0)), 1, values(grad), stride(grad), values(x), stride(x), 1,
                         sum.data_ptr<float>(), stride(sum));
}

// A bf16 product, then added to the fp32 sum: faster on AMD than MKL, which has no bf16 path there.
void accumulate_by_aten(const at::Tensor& grad, const at::Tensor& x, const at::Tensor& sum) {
  thread_local at::Tensor memory;  // fresh memory would fault page by page at every call
  if (!memory.defined() || memory.numel() < sum.numel()) {
    memory = at::empty({sum.numel()}, at::kBFloat16);
  }
  at::Tensor product = memory.narrow(0, 0, sum.numel()).view(sum.sizes());
  at::mm_out(product, grad.t(), x);
  const Bf16* const from = pointer<const Bf16>(product);
  float* const to = sum.data_ptr<float>();
  at::parallel_for(0, sum.numel(), 1 << 15, [&](int64_t begin, int64_t end) {
    add_elements(from + begin, to + begin, end - begin);
  });
}

void accumulate_bf16(const at::Tensor& grad, const at::Tensor& x, const at::Tensor& sum) {
  TORCH_INTERNAL_ASSERT(sum.scalar_type() == at::kFloat && sum.is_contiguous());
  if (grad.size(0) == 0) return;
  if (is_converted(grad)) return converted_accumulate(grad, x, sum);
  if (mkl_has_fast_bf16()) {
    accumulate_by_mkl(grad, x, sum);
  } else {
    accumulate_by_aten(grad, x, sum);
  }
}

// cuBLAS adds bf16 products to an fp32 sum as it goes.
void accumulate_by_cublas(const at::Tensor& grad, const at::Tensor& x, const Linear& gradient) {
  if (gradient.weight.defined()) {
    at::Tensor weight = gradient.weight;
    at::addmm_out(weight, weight, grad.t(), x, at::kFloat);
  }
  if (gradient.bias.defined()) {
    gradient.bias.add_(at::sum(grad, {0}, /*keepdim=*/false, at::kFloat));
  }
}

at::Tensor grad_low_of(const at::Tensor& grad, const Adapters& adapters, const at::Tensor& known) {
  return known.defined() ? known : adapters_backward_output(grad, adapters);
}

// The permission of ATen's fp32 products to compute in bf16.
void allow_bf16(bool permitted) {
  at::globalContext().setFloat32Precision(
      at::Float32Backend::MKLDNN, at::Float32Op::MATMUL,
      permitted ? at::Float32Precision::BF16 : at::Float32Precision::IEEE);
}

// 1 + 2^-12 is no bf16: whether the products of forward, input and weight gradients are those of
// fp32, from a single row on.
bool matmuls_are_fp32() {
  constexpr int64_t kInner = 512, kOut = 128;
  const double value = 1 + 1.0 / 4096, expected = kInner * value;
  for (const int64_t rows : {1, 7, 64, 700}) {
    const at::Tensor a = at::full({rows, kInner}, value), ones = at::ones({kInner, kOut});
    for (const at::Tensor& product : {at::mm(a, at::ones({kOut, kInner}).t()), at::mm(a, ones),
                                      at::mm(at::full({kInner, rows}, value).t(), ones)}) {
      if (!product.eq(expected).all().item<bool>()) return false;
    }
  }
  return true;
}

}  // namespace

Fp32MatmulBackend choose_fp32_matmul_backend() {
  const CpuFeatures cpu = cpu_features();
  if (cpu.intel || !cpu.avx512 || cpu.amx_bf16) return Fp32MatmulBackend::mkl;
  allow_bf16(true);
  if (matmuls_are_fp32()) return Fp32MatmulBackend::onednn;
  allow_bf16(false);
  return Fp32MatmulBackend::mkl;
}

void choose_bf16_matmul_backend(Bf16MatmulBackend backend) { bf16_matmul_backend = backend; }

void linear_forward(const at::Tensor& x, const Linear& linear, const at::Tensor& out) {
  at::Tensor result = out;
  if (is_converted(x)) {
    converted_forward(x, linear.weight, linear.bias, {}, out);
  } else if (linear.bias.defined()) {
    at::addmm_out(result, linear.bias, x, linear.weight.t());
  } else {
    at::mm_out(result, x, linear.weight.t());
  }
  if (linear.adapters.a.defined()) adapters_forward(x, linear.adapters, out);
}

void linear_add_forward(const at::Tensor& x, const Linear& linear, const at::Tensor& base,
                        const at::Tensor& out) {
  at::Tensor result = out;
  if (is_converted(x)) {
    converted_forward(x, linear.weight, linear.bias, base, out);
  } else {
    at::addmm_out(result, base, x, linear.weight.t());
    if (linear.bias.defined()) result.add_(linear.bias);
  }
  if (linear.adapters.a.defined()) adapters_forward(x, linear.adapters, out);
}

void linear_backward_input(const at::Tensor& grad, const Linear& linear, const at::Tensor& grad_x,
                           const at::Tensor& grad_low) {
  at::Tensor result = grad_x;
  if (is_converted(grad)) {
    converted_backward_input(grad, linear.weight, grad_x);
  } else {
    at::mm_out(result, grad, linear.weight);
  }
  if (!linear.adapters.a.defined()) return;
  adapters_backward_input(grad_low_of(grad, linear.adapters, grad_low), linear.adapters, grad_x);
}

void linear_backward_weight(const at::Tensor& grad, const at::Tensor& x, const Linear& linear,
                            const Linear& gradient, const at::Tensor& grad_low) {
  if (gradient.adapters.a.defined()) {
    adapters_backward_weight(grad, grad_low_of(grad, linear.adapters, grad_low), x, linear.adapters,
                             gradient.adapters);
  }
  const bool bf16 = grad.scalar_type() == at::kBFloat16;
  if (bf16 && on_cuda(grad)) return accumulate_by_cublas(grad, x, gradient);
  if (gradient.weight.defined()) {
    at::Tensor weight = gradient.weight;
    if (bf16) {
      accumulate_bf16(grad, x, weight);
    } else {
      weight.addmm_(grad.t(), x);
    }
  }
  if (gradient.bias.defined()) {
    if (bf16) {
      add_rows(pointer<const Bf16>(grad), grad.size(0), grad.stride(0),
               gradient.bias.data_ptr<float>(), grad.size(1));
    } else {
      gradient.bias.add_(grad.sum(0));
    }
  }
}

}  // namespace laurel
