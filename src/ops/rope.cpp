// Frequencies and tables of rope, and the rotation split over tokens.
#include "ops/rope.h"

#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ops/cpu/rope.h"
#include "ops/cuda/device.h"
#include "ops/cuda/operations.h"
#include "ops/strided_rows.h"

namespace laurel {

namespace {

double llama3_frequency(const RopeConfig& rope, double frequency) {
  const double wavelength = 2 * std::numbers::pi / frequency;
  const double turns = rope.original_max_positions / wavelength;
  if (turns > rope.high_freq_factor) return frequency;
  if (turns < rope.low_freq_factor) return frequency / rope.factor;
  const double smooth =
      (turns - rope.low_freq_factor) / (rope.high_freq_factor - rope.low_freq_factor);
  return (1 - smooth) * frequency / rope.factor + smooth * frequency;
}

// Where the frequency that makes so many turns in the original length lies among the K/2.
double place_of_turns(const RopeConfig& rope, double turns, int64_t head_dim) {
  return static_cast<double>(head_dim) *
         std::log(rope.original_max_positions / (turns * 2 * std::numbers::pi)) /
         (2 * std::log(rope.theta));
}

struct Ramp {
  double begin, end;
};

Ramp yarn_ramp(const RopeConfig& rope, int64_t head_dim) {
  double begin = place_of_turns(rope, rope.beta_fast, head_dim),
         end = place_of_turns(rope, rope.beta_slow, head_dim);
  if (rope.truncate) {
    begin = std::floor(begin);
    end = std::ceil(end);
  }
  begin = std::max(begin, 0.0);
  end = std::min(end, static_cast<double>(head_dim - 1));
  return {begin, begin == end ? end + 0.001 : end};
}

double theta_of(const RopeConfig& rope, int64_t head_dim, int64_t length) {
  const auto tokens = static_cast<double>(length), k = static_cast<double>(head_dim);
  if (rope.type != RopeType::dynamic || tokens <= rope.original_max_positions) return rope.theta;
  const double growth = rope.factor * tokens / rope.original_max_positions - (rope.factor - 1);
  return rope.theta * std::pow(growth, k / (k - 2));
}

template <class T>
void fill_table(const std::vector<double>& frequencies, double factor, int64_t positions, T* cos,
                T* sin) {
  for (int64_t position = 0; position < positions; ++position) {
    for (const double frequency : frequencies) {
      // Frequency and angle are rounded to the model's type, as transformers does.
      const T angle = static_cast<T>(position) * static_cast<T>(frequency);
      *cos++ = std::cos(angle) * static_cast<T>(factor);
      *sin++ = std::sin(angle) * static_cast<T>(factor);
    }
  }
}

}  // namespace

std::vector<double> rope_frequencies(const RopeConfig& rope, int64_t head_dim, int64_t length) {
  const double theta = theta_of(rope, head_dim, length);
  const Ramp ramp = rope.type == RopeType::yarn ? yarn_ramp(rope, head_dim) : Ramp{0, 1};
  const bool is_long = static_cast<double>(length) > rope.original_max_positions;
  const std::vector<double>& factors = is_long ? rope.long_factor : rope.short_factor;
  std::vector<double> frequencies;
  for (int64_t i = 0; i < head_dim / 2; ++i) {
    const auto place = static_cast<double>(i);
    const double base = std::pow(theta, -2 * place / static_cast<double>(head_dim));
    const double part = std::clamp((place - ramp.begin) / (ramp.end - ramp.begin), 0.0, 1.0);
    switch (rope.type) {
      case RopeType::standard:
      case RopeType::dynamic: frequencies.push_back(base); break;
      case RopeType::linear: frequencies.push_back(base / rope.factor); break;
      case RopeType::llama3: frequencies.push_back(llama3_frequency(rope, base)); break;
      case RopeType::yarn:
        frequencies.push_back((1 - part) * base + part * base / rope.factor);
        break;
      case RopeType::longrope: frequencies.push_back(base / factors.at(i)); break;
    }
  }
  return frequencies;
}

RopeTable rope_table(const RopeConfig& rope, int64_t head_dim, int64_t positions,
                     at::ScalarType type, int64_t length) {
  const std::vector<double> frequencies = rope_frequencies(rope, head_dim, length);
  const RopeTable table{at::empty({positions, head_dim / 2}, type),
                        at::empty({positions, head_dim / 2}, type)};
  AT_DISPATCH_FLOATING_TYPES(type, "rope_table", [&] {
    fill_table(frequencies, rope.attention_factor, positions, table.cos.data_ptr<scalar_t>(),
               table.sin.data_ptr<scalar_t>());
  });
  return table;
}

void rope(const at::Tensor& x, const at::Tensor& positions, const RopeTable& table,
          Rotate direction) {
  if (on_cuda(x)) return rope_cuda(x, positions, table, direction);
  with_storage(x.scalar_type(), [&]<class T>(T) {
    const RopeArgs<T> args{
        .x = rows_of<T>(x),
        .positions = positions.const_data_ptr<int32_t>(),
        .cos = table.cos.const_data_ptr<Compute<T>>(),
        .sin = table.sin.const_data_ptr<Compute<T>>(),
        .direction = static_cast<Compute<T>>(direction == Rotate::forward ? 1 : -1),
    };
    at::parallel_for(0, x.size(0), 16,
                     [&](int64_t begin, int64_t end) { rope_tokens(args, begin, end); });
  });
}

}  // namespace laurel
