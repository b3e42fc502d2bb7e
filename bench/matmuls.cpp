// Every layout is tried for a fraction of a second; the fastest stays.
#include "bench/matmuls.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/randn.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "ops/workers.h"

// MKL's, where LibTorch brings it: row-major C (m, n) fp32 = alpha A B + beta C, A and B bf16.
extern "C" __attribute__((weak)) void cblas_gemm_bf16bf16f32(int layout, int transpose_a,
                                                             int transpose_b, int m, int n, int k,
                                                             float alpha, const void* a, int lda,
                                                             const void* b, int ldb, float beta,
                                                             float* c, int ldc);

namespace laurel {

namespace {

constexpr int64_t kBeyondCaches = 64 << 20;  // bytes
constexpr int kRowMajor = 101, kPlain = 111, kTransposed = 112;

// (rows, columns), lying in memory as its transpose if asked.
at::Tensor matrix(int64_t rows, int64_t columns, bool transposed, at::ScalarType type) {
  const at::Tensor made =
      transposed ? at::randn({columns, rows}, at::kFloat) : at::randn({rows, columns}, at::kFloat);
  return transposed ? made.to(type).t() : made.to(type);
}

std::vector<at::Tensor> matrices(int64_t count, int64_t rows, int64_t columns, bool transposed,
                                 at::ScalarType type) {
  const at::Tensor first = matrix(rows, columns, transposed, type);
  std::vector<at::Tensor> all{first};
  while (static_cast<int64_t>(all.size()) < count) all.push_back(first.clone());
  return all;
}

void multiply_into_fp32(const at::Tensor& a, const at::Tensor& b, const at::Tensor& c,
                        const OperandLayout& layout) {
  const auto m = static_cast<int>(c.size(0)), n = static_cast<int>(c.size(1)),
             k = static_cast<int>(a.size(1));
  cblas_gemm_bf16bf16f32(kRowMajor, layout.a_transposed ? kTransposed : kPlain,
                         layout.b_transposed ? kTransposed : kPlain, m, n, k, 1, a.data_ptr(),
                         layout.a_transposed ? m : k, b.data_ptr(), layout.b_transposed ? k : n, 0,
                         c.data_ptr<float>(), n);
}

std::vector<OperandLayout> layouts_of(const Matmul& matmul, at::ScalarType type) {
  std::vector<OperandLayout> all{{}, {true, false}, {false, true}, {true, true}};
  if (matmul.pass == Pass::weight && type == at::kBFloat16 && cblas_gemm_bf16bf16f32 != nullptr) {
    all.push_back({true, false, true});
    all.push_back({false, false, true});
  }
  return all;
}

}  // namespace

const char* name_of(Pass pass) {
  return pass == Pass::forward ? "forward" : pass == Pass::input ? "dX" : "dW";
}

std::string text_of(const OperandLayout& layout) {
  return std::string(layout.a_transposed ? "A^T " : "A ") + (layout.b_transposed ? "B^T" : "B") +
         (layout.into_fp32 ? " MKL into fp32" : "");
}

Operands::Operands(const Matmul& matmul, const OperandLayout& layout, at::ScalarType type,
                   int64_t workers)
    : layout_(layout), a_(workers), b_(workers), c_(workers) {
  const auto [linear, pass, m, n, k, times] = matmul;
  const bool weight = pass == Pass::weight;
  const int64_t bytes = (weight ? m : k) * n * static_cast<int64_t>(c10::elementSize(type));
  const int64_t copies = std::clamp<int64_t>(kBeyondCaches / bytes, 1, times);
  const at::ScalarType out = layout.into_fp32 ? at::kFloat : type;
  for (int64_t worker = 0; worker < workers; ++worker) {
    a_[worker] = matrices(1, m, k, layout.a_transposed, type);
    const bool shared = worker > 0 && !weight;
    b_[worker] = shared ? b_[0] : matrices(weight ? 1 : copies, k, n, layout.b_transposed, type);
    c_[worker] = matrices(weight ? copies : 1, m, n, false, out);
  }
}

void Operands::multiply(int64_t worker, int64_t turn) {
  const auto at_turn = [&](const std::vector<at::Tensor>& all) {
    return all[turn % static_cast<int64_t>(all.size())];
  };
  const at::Tensor a = at_turn(a_[worker]), b = at_turn(b_[worker]);
  at::Tensor c = at_turn(c_[worker]);
  if (layout_.into_fp32) return multiply_into_fp32(a, b, c, layout_);
  at::mm_out(c, a, b);
}

double seconds_of(Operands& operands, int64_t workers, int64_t rounds) {
  const auto start = std::chrono::steady_clock::now();
  run_workers(workers, [&](int64_t worker) {
    for (int64_t i = 0; i < rounds; ++i) operands.multiply(worker, i);
  });
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Fastest find_fastest(const Matmul& matmul, at::ScalarType type, int64_t workers) {
  constexpr int64_t kRounds = 4;
  std::optional<Fastest> best;
  for (const OperandLayout& layout : layouts_of(matmul, type)) {
    Operands operands(matmul, layout, type, workers);
    seconds_of(operands, workers, 1);
    const double seconds =
        std::min(seconds_of(operands, workers, kRounds), seconds_of(operands, workers, kRounds));
    const double gflops = matmul.flops() * static_cast<double>(workers * kRounds) / seconds / 1e9;
    if (!best || gflops > best->gflops) {
      best = Fastest{matmul, layout, std::move(operands), gflops};
    }
  }
  return std::move(*best);
}

}  // namespace laurel
