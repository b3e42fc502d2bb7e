// How long a CPU takes for products of a step's shapes, by type: what the precision is chosen by.
#pragma once

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <span>

namespace laurel {

struct MatmulShape {
  int64_t tokens, in, out;  // x (tokens, in), W (out, in)
};

// Seconds of forward, input and weight gradients of all shapes.
struct MatmulTimes {
  double fp32 = 0;
  double bf16 = 0;       // by the libraries' bf16 products
  double converted = 0;  // of bf16 matrices, by fp32 products of converted blocks
};

// Of products of operands of the type, as they are computed now: the least of three rounds, on the
// threads that compute.
double matmul_seconds(std::span<const MatmulShape> shapes, c10::ScalarType type);

// The least of three rounds each, on the threads that compute. Takes some hundredths of a second
// for a block of a small model. Leaves the chosen backend at native.
MatmulTimes time_matmuls(std::span<const MatmulShape> shapes);

}  // namespace laurel
