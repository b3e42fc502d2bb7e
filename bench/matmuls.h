// Matrix products of a training step, each in the fastest layout of its operands that was found.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace laurel {

enum class Pass { forward, input, weight };  // y = x W^T, dx = dy W, dW = dy^T x
const char* name_of(Pass pass);

// C (m, n) = A (m, k) B (k, n), done `times` times a step by every worker.
struct Matmul {
  std::string linear;
  Pass pass;
  int64_t m, n, k;
  int64_t times;

  double flops() const {
    return 2 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  }
};

// Which operands lie transposed in memory, and whether MKL's matmul of bf16 operands into fp32
// runs, which ATen has not.
struct OperandLayout {
  bool a_transposed = false, b_transposed = false, into_fp32 = false;
};
std::string text_of(const OperandLayout& layout);

// One matmul's operands for all workers, enough of those that differ between layers (weights or
// their gradients) that no cache holds them.
class Operands {
 public:
  Operands(const Matmul& matmul, const OperandLayout& layout, at::ScalarType type, int64_t workers);

  // What worker `worker` does at its `turn`-th layer.
  void multiply(int64_t worker, int64_t turn);

 private:
  OperandLayout layout_;
  std::vector<std::vector<at::Tensor>> a_, b_, c_;  // by worker, in turn; weights are shared
};

// Seconds that `rounds` matmuls take when all workers run them at once.
double seconds_of(Operands& operands, int64_t workers, int64_t rounds);

struct Fastest {
  Matmul matmul;
  OperandLayout layout;
  Operands operands;
  double gflops = 0;  // all workers together
};
Fastest find_fastest(const Matmul& matmul, at::ScalarType type, int64_t workers);

}  // namespace laurel
