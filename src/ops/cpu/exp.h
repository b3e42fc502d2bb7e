// exp(x) and tanh(x) that vectorise: the library's functions are called once per element.
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

// tanh x = 2 t / (1 + t^2) with t = tanh(x / 2) = a / b by Lambert's continued fraction to x^7: sums
// of terms of one sign, so that no order of addition cancels. Relative error below 4e-7.
inline __attribute__((always_inline)) float fast_tanh(float x) {
  const float y = 0.5f * (x < -10.0f ? -10.0f : (x > 10.0f ? 10.0f : x));
  const float q = y * y;
  const float a = y * (135135.0f + q * (17325.0f + q * (378.0f + q)));
  const float b = 135135.0f + q * (62370.0f + q * (3150.0f + q * 28.0f));
  return 2 * a * b / (a * a + b * b);
}

inline double fast_tanh(double x) { return std::tanh(x); }

}  // namespace laurel
