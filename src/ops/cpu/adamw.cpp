// Loops of AdamW, of averages and of the gradient norm, cloned per instruction set.
#include "ops/cpu/adamw.h"

#include <cmath>
#include <type_traits>

#include "ops/cpu/clones.h"

namespace laurel {

namespace {

// 32 random bits of an index and a key (the finaliser of MurmurHash3).
inline __attribute__((always_inline)) uint32_t random_bits(uint32_t index, uint32_t key) {
  uint32_t x = index * 0x9e3779b9u + key;
  x = (x ^ (x >> 16)) * 0x85ebca6bu;
  x = (x ^ (x >> 13)) * 0xc2b2ae35u;
  return x ^ (x >> 16);
}

// The two halves of a master, see split_master. Rounded stochastically, the last bit of `low` says
// whether `high` was rounded up.
struct Halves {
  uint16_t high;
  int16_t low;
};

inline __attribute__((always_inline)) Halves split_nearest(float master) {
  const auto bits = std::bit_cast<uint32_t>(master);
  return {static_cast<uint16_t>((bits + 0x8000) >> 16), static_cast<int16_t>(bits)};
}

inline __attribute__((always_inline)) Halves split_stochastic(float master, uint32_t threshold) {
  const auto bits = std::bit_cast<uint32_t>(master);
  const uint32_t up = (bits & 0xffff) > threshold ? 1 : 0;
  return {static_cast<uint16_t>((bits >> 16) + up), static_cast<int16_t>((bits & 0xfffe) | up)};
}

inline __attribute__((always_inline)) float join(Halves halves, bool stochastic) {
  const auto low = static_cast<uint32_t>(static_cast<int32_t>(halves.low));
  const uint32_t high = halves.high;
  return std::bit_cast<float>(stochastic ? ((high - (low & 1)) << 16) + (low & 0xfffe)
                                         : (high << 16) + low);
}

// Rounded to nearest, 1/512 of a value is lost: with beta2 = 0.999 a bf16 second moment would never
// shrink. Rounded up with the probability of the part cut off, it is right on average.
template <class M>
inline __attribute__((always_inline)) void store_moment2(M& to, Compute<M> x, uint32_t random) {
  if constexpr (std::is_same_v<M, Bf16>) {
    to.bits = static_cast<uint16_t>((std::bit_cast<uint32_t>(x) + (random & 0xffff)) >> 16);
  } else {
    to = x;
  }
}

template <bool kStochastic, class W, class M>
inline __attribute__((always_inline)) void update_elements(const AdamWFactors<Compute<W>>& factors,
                                                           const AdamWPointers<W, M>& pointers,
                                                           int64_t begin, int64_t end) {
  using C = Compute<W>;
  W* __restrict weight = pointers.weight;
  int16_t* __restrict low = pointers.low;
  C* __restrict gradient = pointers.gradient;
  M* __restrict moment1 = pointers.moment1;
  M* __restrict moment2 = pointers.moment2;
  const AdamWFactors<C> f = factors;
  for (int64_t i = begin; i < end; ++i) {
    const uint32_t random = random_bits(static_cast<uint32_t>(i), f.key);
    const C g = gradient[i] * f.gradient_scale;
    const C m = f.beta1 * load(moment1[i]) + (1 - f.beta1) * g;
    const C v = f.beta2 * load(moment2[i]) + (1 - f.beta2) * g * g;
    const C change = f.step * m / (std::sqrt(v) * f.inverse_root2 + f.eps);
    if constexpr (std::is_same_v<W, Bf16>) {
      const C master = f.decay_factor * join({weight[i].bits, low[i]}, kStochastic) - change;
      const Halves halves =
          kStochastic ? split_stochastic(master, random >> 16) : split_nearest(master);
      weight[i].bits = halves.high;
      low[i] = halves.low;
    } else {
      weight[i] = f.decay_factor * weight[i] - change;
    }
    store(moment1[i], m);
    store_moment2(moment2[i], v, random);
    gradient[i] = 0;
  }
}

// From the nearer end, as at::lerp: exact where the two are equal, and at rate 1.
template <bool kStochastic, class W>
inline __attribute__((always_inline)) void move_averages(Compute<W> rate,
                                                         const AveragePointers<W>& pointers,
                                                         int64_t begin, int64_t end) {
  using C = Compute<W>;
  const W* __restrict weight = pointers.weight;
  const int16_t* __restrict low = pointers.low;
  C* __restrict average = pointers.average;
  const bool near_weight = rate >= C(0.5);
  for (int64_t i = begin; i < end; ++i) {
    C w;
    if constexpr (std::is_same_v<W, Bf16>) {
      w = join({weight[i].bits, low[i]}, kStochastic);
    } else {
      w = weight[i];
    }
    const C before = average[i], difference = w - before;
    average[i] = near_weight ? w - (1 - rate) * difference : before + rate * difference;
  }
}

}  // namespace

template <class W, class M>
LAUREL_CLONES void adamw_elements(const AdamWFactors<Compute<W>>& factors,
                                  const AdamWPointers<W, M>& pointers, int64_t begin, int64_t end) {
  if (pointers.stochastic) {
    update_elements<true>(factors, pointers, begin, end);
  } else {
    update_elements<false>(factors, pointers, begin, end);
  }
}

template <class W>
LAUREL_CLONES void average_elements(Compute<W> rate, const AveragePointers<W>& pointers,
                                    int64_t begin, int64_t end) {
  if (pointers.stochastic) {
    move_averages<true>(rate, pointers, begin, end);
  } else {
    move_averages<false>(rate, pointers, begin, end);
  }
}

LAUREL_CLONES void split_elements(const float* master, bool stochastic, Bf16* high, int16_t* low,
                                  int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    const Halves halves =
        stochastic ? split_stochastic(master[i], 0x7fff) : split_nearest(master[i]);
    high[i].bits = halves.high;
    low[i] = halves.low;
  }
}

LAUREL_CLONES void join_elements(const Bf16* high, const int16_t* low, bool stochastic,
                                 float* master, int64_t n) {
  for (int64_t i = 0; i < n; ++i) master[i] = join({high[i].bits, low[i]}, stochastic);
}

template <class T>
LAUREL_CLONES double squared_sum(const T* values, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += static_cast<double>(values[i]) * values[i];
  return sum;
}

template void adamw_elements(const AdamWFactors<float>&, const AdamWPointers<float, float>&,
                             int64_t, int64_t);
template void adamw_elements(const AdamWFactors<double>&, const AdamWPointers<double, double>&,
                             int64_t, int64_t);
template void adamw_elements(const AdamWFactors<float>&, const AdamWPointers<float, Bf16>&, int64_t,
                             int64_t);
template void adamw_elements(const AdamWFactors<float>&, const AdamWPointers<Bf16, float>&, int64_t,
                             int64_t);
template void adamw_elements(const AdamWFactors<float>&, const AdamWPointers<Bf16, Bf16>&, int64_t,
                             int64_t);
template void average_elements(float, const AveragePointers<float>&, int64_t, int64_t);
template void average_elements(double, const AveragePointers<double>&, int64_t, int64_t);
template void average_elements(float, const AveragePointers<Bf16>&, int64_t, int64_t);
template double squared_sum(const float*, int64_t);
template double squared_sum(const double*, int64_t);

}  // namespace laurel
