// What the benchmark of operations times: one function per operation and setting.
//
// To add an operation: a function in fused.cpp that prepares it, a plain twin in plain.cpp, and a
// line in the table of each.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

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

struct Case {
  std::string name;
  Work (*prepare)(const Setting&);
};

std::vector<Case> fused_cases();  // laurel's operations
std::vector<Case> plain_cases();  // the same from ATen, backward by autograd

// Of all heads and spans, without the hidden half: forward has 2 products, backward 5.
double attention_flops(const Setting& setting, int64_t products);

constexpr int64_t kUpdated = 8 << 20;  // elements of the AdamW cases

}  // namespace laurel
