// Comparing tensors in tests.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace laurel {

// |a - b| / |b| in Euclidean norm, in fp64; |a| where b is zero.
inline double relative_error(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor exact = b.detach().to(at::kDouble);
  const double norm = exact.norm().item<double>();
  const double distance = (a.detach().to(at::kDouble) - exact).norm().item<double>();
  return norm > 0 ? distance / norm : distance;
}

inline void expect_near(const at::Tensor& a, const at::Tensor& b, double tolerance) {
  ASSERT_EQ(a.sizes(), b.sizes());
  EXPECT_LE(relative_error(a, b), tolerance) << a << "\nexpected\n" << b;
}

// The largest distance in units of the largest reward: a reward is a sum of terms of both signs, so
// one that happens to be near zero is rounded as the others are.
inline void expect_rewards_near(const at::Tensor& a, const at::Tensor& b, double tolerance) {
  ASSERT_EQ(a.sizes(), b.sizes());
  const at::Tensor exact = b.detach().to(at::kDouble);
  const double scale = exact.abs().max().item<double>();
  const double distance = (a.detach().to(at::kDouble) - exact).abs().max().item<double>();
  EXPECT_LE(distance, tolerance * scale) << a << "\nexpected\n" << b;
}

inline at::Tensor doubles(std::initializer_list<double> values, at::IntArrayRef shape) {
  return at::tensor(std::vector<double>(values), at::kDouble).view(shape);
}

}  // namespace laurel
