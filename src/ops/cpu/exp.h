// exp(x) that vectorises: the library's function is called once per element.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace laurel {

// e^x = 2^n e^r with n = round(x / ln 2), |r| <= ln(2) / 2, e^r by its Taylor series to degree 7:
// relative error below 3e-7. Below -87 the result is that of -87 (1.6e-38).
inline __attribute__((always_inline)) float fast_exp(float x) {
  x = x < -87.0f ? -87.0f : (x > 88.0f ? 88.0f : x);
  const float n = __builtin_rintf(x * 1.44269504f);
  // ln 2 in two parts, so that n times the first is exact.
  const float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  float p = 1.0f / 5040;
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  return p * std::bit_cast<float>((static_cast<int32_t>(n) + 127) << 23);
}

inline double fast_exp(double x) { return std::exp(x); }

}  // namespace laurel
