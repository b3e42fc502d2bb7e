// Where the kernels under test run: these tests are built twice, with the kernels compiled as C++
// and run on the CPU (cuda_emulated_tests), and for a device (cuda_device_tests).
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "ops/cuda/operations.h"
#include "support/near.h"

namespace laurel::test {

at::Device test_device();

// Whether operations take CPU tensors for CUDA's, where kernels are emulated.
void emulate_operations(bool emulated);

inline at::Tensor to_test_device(const at::Tensor& x) { return x.to(test_device()); }
inline at::Tensor to_cpu(const at::Tensor& x) { return x.to(at::kCPU); }

// What a value of this type may be off by, relative to the largest of a sum of a few rounded terms.
inline double tolerance(at::ScalarType type) { return type == at::kBFloat16 ? 6e-3 : 2e-6; }

inline at::Tensor random(at::IntArrayRef shape, at::ScalarType type) {
  return to_test_device(at::randn(shape, at::kDouble).to(type));
}

inline at::Tensor integers(const std::vector<int32_t>& values) {
  return to_test_device(at::tensor(values, at::kInt));
}

// Compares with an expectation worked out on the CPU in fp64.
inline void expect_on_device(const at::Tensor& actual, const at::Tensor& expected,
                             double tolerance) {
  expect_near(to_cpu(actual), expected, tolerance);
}

}  // namespace laurel::test
