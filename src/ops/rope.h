// Rotary position embedding (2104.09864) in the half-rotation convention: element i is paired with
// i + K/2.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace laurel {

enum class RopeType { standard, linear, llama3, yarn, dynamic, longrope };

struct RopeConfig {
  RopeType type = RopeType::standard;
  double theta = 10000;
  double factor = 1;                                 // all but standard and longrope
  double low_freq_factor = 1, high_freq_factor = 4;  // llama3
  double original_max_positions = 8192;              // llama3, yarn, dynamic, longrope
  double attention_factor = 1;                       // yarn, longrope: of cos and sin
  double beta_fast = 32, beta_slow = 1;              // yarn: turns of the ramp's ends
  bool truncate = true;                              // yarn: the ramp's ends are whole numbers
  std::vector<double> short_factor = {}, long_factor = {};  // longrope, K/2 each
};

// (K/2) inverse frequencies for a row of so many tokens, which dynamic and longrope depend on.
// f_i = theta^(-2i/K), O = original_max_positions:
//   linear    f_i / factor
//   llama3    with wavelength w = 2 pi / f_i: f_i if w < O/high, f_i / factor if w > O/low, between
//             them (1 - s) f_i / factor + s f_i with s = (O/w - low) / (high - low)
//   yarn      (2309.00071) (1 - r_i) f_i + r_i f_i / factor with r_i = (i - begin) / (end - begin)
//             in [0, 1]; begin and end are where K/2 log_theta(O / (2 pi turns)) puts beta_fast and
//             beta_slow turns, as whole numbers where `truncate`, in [0, K - 1]
//   dynamic   for rows longer than O, with theta (factor length / O - factor + 1)^(K / (K - 2))
//   longrope  (2402.13753) f_i / long_factor_i for rows longer than O, else f_i / short_factor_i
std::vector<double> rope_frequencies(const RopeConfig& rope, int64_t head_dim, int64_t length = 1);

// cos and sin of position * frequency, times attention_factor, (positions, K/2) each, in the type
// the model computes in, for rows of `length` tokens.
struct RopeTable {
  at::Tensor cos, sin;
};
RopeTable rope_table(const RopeConfig& rope, int64_t head_dim, int64_t positions,
                     at::ScalarType type, int64_t length = 1);

// In place on x (T, heads, K), any row and head stride: (a, b) -> (a cos - b sin, b cos + a sin)
// with the row positions[t] (T, int32) of the table. The backward pass rotates the other way.
enum class Rotate { forward, backward };
void rope(const at::Tensor& x, const at::Tensor& positions, const RopeTable& table,
          Rotate direction);

}  // namespace laurel
