// Frequencies and tables of rope, and the rotation split over tokens.
#include "ops/rope.h"

#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

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

template <class T>
void fill_table(const std::vector<double>& frequencies, int64_t positions, T* cos, T* sin) {
  for (int64_t position = 0; position < positions; ++position) {
    for (const double frequency : frequencies) {
      // Frequency and angle are rounded to the model's type, as transformers does.
      const T angle = static_cast<T>(position) * static_cast<T>(frequency);
      *cos++ = std::cos(angle);
      *sin++ = std::sin(angle);
    }
  }
}

}  // namespace

std::vector<double> rope_frequencies(const RopeConfig& rope, int64_t head_dim) {
  std::vector<double> frequencies;
  for (int64_t i = 0; i < head_dim / 2; ++i) {
    const double exponent = static_cast<double>(2 * i) / static_cast<double>(head_dim);
    const double base = std::pow(rope.theta, -exponent);
    switch (rope.type) {
      case RopeType::standard: frequencies.push_back(base); break;
      case RopeType::linear: frequencies.push_back(base / rope.factor); break;
      case RopeType::llama3: frequencies.push_back(llama3_frequency(rope, base)); break;
    }
  }
  return frequencies;
}

RopeTable rope_table(const RopeConfig& rope, int64_t head_dim, int64_t positions,
                     at::ScalarType type) {
  const std::vector<double> frequencies = rope_frequencies(rope, head_dim);
  const RopeTable table{at::empty({positions, head_dim / 2}, type),
                        at::empty({positions, head_dim / 2}, type)};
  AT_DISPATCH_FLOATING_TYPES(type, "rope_table", [&] {
    fill_table(frequencies, positions, table.cos.data_ptr<scalar_t>(),
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
