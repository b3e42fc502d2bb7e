// Rotary position embedding (2104.09864) in the half-rotation convention: element i is paired with
// i + K/2.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace laurel {

enum class RopeType { standard, linear, llama3 };

struct RopeConfig {
  RopeType type = RopeType::standard;
  double theta = 10000;
  double factor = 1;                                 // linear, llama3
  double low_freq_factor = 1, high_freq_factor = 4;  // llama3
  double original_max_positions = 8192;              // llama3
};

// (K/2) inverse frequencies. f_i = theta^(-2i/K); linear: f_i / factor; llama3 with wavelength w =
// 2 pi / f_i and O = original_max_positions: f_i if w < O/high, f_i / factor if w > O/low, between
// them (1 - s) f_i / factor + s f_i with s = (O/w - low) / (high - low).
std::vector<double> rope_frequencies(const RopeConfig& rope, int64_t head_dim);

// cos and sin of position * frequency, (positions, K/2) each, in the type the model computes in.
struct RopeTable {
  at::Tensor cos, sin;
};
RopeTable rope_table(const RopeConfig& rope, int64_t head_dim, int64_t positions,
                     at::ScalarType type);

// In place on x (T, heads, K), any row and head stride: (a, b) -> (a cos - b sin, b cos + a sin)
// with the row positions[t] (T, int32) of the table. The backward pass rotates the other way.
enum class Rotate { forward, backward };
void rope(const at::Tensor& x, const at::Tensor& positions, const RopeTable& table,
          Rotate direction);

}  // namespace laurel
