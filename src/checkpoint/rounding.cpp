// Stochastic rounding of tensors to bf16 and fp16.
#include "checkpoint/rounding.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/parallel.h"
#include "core/random.h"

namespace laurel {

namespace {

constexpr int64_t kRoundingChunk = int64_t{1} << 18;  // values of one task

uint64_t hash_of(std::string_view name) {
  uint64_t hash = 0xCBF29CE484222325u;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return hash;
}

// The neighbour of `near` in the direction of `error`, by its bits: types of 16 bits with a sign
// bit count up with their magnitude.
template <class T>
T neighbour(T near, float error) {
  const float value = static_cast<float>(near);
  if (value == 0) return T(static_cast<uint16_t>(error > 0 ? 0x0001 : 0x8001), T::from_bits());
  const bool larger = (error > 0) == (value > 0);
  return T(static_cast<uint16_t>(larger ? near.x + 1 : near.x - 1), T::from_bits());
}

// `uniform` in [0, 1). Beyond the largest finite value it stays with the nearest one.
template <class T>
T round_stochastically(float value, float uniform) {
  const T near(value);
  const float error = value - static_cast<float>(near);
  if (error == 0 || !std::isfinite(error)) return near;
  const T other = neighbour(near, error);
  const float gap = std::abs(static_cast<float>(other) - static_cast<float>(near));
  return std::isfinite(gap) && uniform * gap < std::abs(error) ? other : near;
}

template <class T>
void round_all(const at::Tensor& values, const at::Tensor& out, uint64_t stream) {
  const float* from = values.const_data_ptr<float>();
  T* to = out.data_ptr<T>();
  const int64_t n = values.numel(), chunks = (n + kRoundingChunk - 1) / kRoundingChunk;
  parallel_for(chunks, available_cores(), [&](int64_t chunk) {
    for (int64_t i = chunk * kRoundingChunk; i < std::min(n, (chunk + 1) * kRoundingChunk); ++i) {
      const uint64_t bits = mix64(stream + static_cast<uint64_t>(i));
      to[i] = round_stochastically<T>(from[i], static_cast<float>(bits >> 40) * 0x1.0p-24f);
    }
  });
}

}  // namespace

at::Tensor rounded(const at::Tensor& values, std::string_view name,
                   const WeightRounding& rounding) {
  if (rounding.mode == Rounding::nearest || rounding.dtype == at::kFloat) {
    return values.to(rounding.dtype);
  }
  const at::Tensor from = values.contiguous();
  at::Tensor out = at::empty(values.sizes(), rounding.dtype);
  const uint64_t stream = mix64(rounding.seed) ^ hash_of(name);
  if (rounding.dtype == at::kBFloat16) {
    round_all<at::BFloat16>(from, out, stream);
  } else {
    round_all<at::Half>(from, out, stream);
  }
  return out;
}

void round_weights(ParameterBuffer& buffer, const WeightRounding& rounding) {
  if (rounding.dtype == at::kFloat) return;
  for (const TensorSpec& spec : buffer.layout.tensors) {
    if (spec.name == kLossParameters) continue;
    set_values(buffer, spec, rounded(values(buffer, spec), spec.name, rounding).to(at::kFloat));
  }
}

}  // namespace laurel
