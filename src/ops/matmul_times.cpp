// Times linear layers as a step computes them.
#include "ops/matmul_times.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <vector>

#include "ops/linear.h"

namespace laurel {

namespace {

struct ProductOperands {
  ProductOperands(const MatmulShape& s, at::ScalarType type)
      : x(at::full({s.tokens, s.in}, .01, type)),
        out(at::full({s.tokens, s.out}, .01, type)),
        weight(at::full({s.out, s.in}, .01, type)),
        gradient(at::zeros({s.out, s.in}, at::kFloat)) {}

  at::Tensor x, out, weight, gradient;
};

void step(ProductOperands& o) {
  const Linear linear{.weight = o.weight, .bias = {}};
  linear_forward(o.x, linear, o.out);
  linear_backward_weight(o.out, o.x, linear, {.weight = o.gradient, .bias = {}});
  linear_backward_input(o.out, linear, o.x);
}

}  // namespace

double matmul_seconds(std::span<const MatmulShape> shapes, c10::ScalarType type) {
  using Clock = std::chrono::steady_clock;
  std::vector<ProductOperands> operands;
  for (const MatmulShape& shape : shapes) operands.emplace_back(shape, type);
  double least = std::numeric_limits<double>::infinity();
  for (int round = 0; round < 4; ++round) {  // the first makes kernels and memory
    const auto begin = Clock::now();
    for (ProductOperands& each : operands) step(each);
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    if (round > 0) least = std::min(least, seconds);
  }
  return least;
}

MatmulTimes time_matmuls(std::span<const MatmulShape> shapes) {
  MatmulTimes times{.fp32 = matmul_seconds(shapes, at::kFloat),
                    .bf16 = matmul_seconds(shapes, at::kBFloat16)};
  choose_bf16_matmul_backend(Bf16MatmulBackend::converted);
  times.converted = matmul_seconds(shapes, at::kBFloat16);
  choose_bf16_matmul_backend(Bf16MatmulBackend::native);
  return times;
}

}  // namespace laurel
