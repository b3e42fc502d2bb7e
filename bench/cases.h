// What the benchmark of operations times: pairs of functions, one per operation.
//
// To add an operation: a function in fused.cpp that prepares it, a plain twin of the same name in
// plain.cpp, its name in both lists below, and a line in the table of operations.cpp.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

namespace laurel {

// D width, I intermediate width, H heads, G key/value heads, K head dim, V vocabulary.
struct Shape {
  const char* name;
  int64_t D, I, H, G, K, V;
};

struct Setting {
  Shape shape;
  at::ScalarType type;
  int64_t tokens;       // T
  int64_t span_length;  // attention: T / span_length spans
  at::Tensor random(at::IntArrayRef sizes) const;
};

// `run` is what is timed; `flops` 0 where memory is the limit.
struct Work {
  std::function<void()> run;
  double flops = 0;
};

using Prepare = Work(const Setting&);

// laurel's operations.
namespace fused {
Prepare norm_forward, norm_backward, rotate, silu_forward, silu_backward, attend_forward,
    attend_backward, gate_up_forward, gate_up_backward_input, gate_up_backward_weight,
    embed_forward, embed_backward, norm_of_gradient, update;
}

// The same from ATen, backward by autograd.
namespace plain {
Prepare norm_forward, norm_backward, rotate, silu_forward, silu_backward, attend_forward,
    attend_backward, gate_up_forward, gate_up_backward_input, gate_up_backward_weight,
    embed_forward, embed_backward, norm_of_gradient, update;
}

// Of all heads and spans, without the hidden half: forward has 2 products, backward 5.
double attention_flops(const Setting& setting, int64_t products);

constexpr int64_t kUpdated = 8 << 20;  // elements of the AdamW cases

}  // namespace laurel
