// Attention on the device: plain ATen against the CPU's kernels, flash against plain ATen.
#include "ops/attention.h"

#include "cuda/test_device.h"
#include "ops/cuda/attention_math.h"
#include "ops/cuda/flash.h"

namespace laurel::test::attention_test {
namespace {

const std::vector<Span> kSpans{{0, 4, -1}, {4, 3, 0}, {7, 1, 0}, {8, 6, -1}};

void expect_math_as_cpu(const AttentionMask& mask, int64_t tokens) {
  const at::Tensor qkv = at::randn({tokens, 4 + 2 + 2, 8});
  const at::Tensor grad = at::randn({tokens, 4, 8});
  const auto split = [](const at::Tensor& x) {
    return Qkv{x.narrow(1, 0, 4), x.narrow(1, 4, 2), x.narrow(1, 6, 2)};
  };
  const AttentionOutput cpu{at::empty({tokens, 4, 8}), at::empty({tokens, 4})};
  const at::Tensor cpu_grad = at::empty_like(qkv);
  attention_forward(split(qkv), mask, cpu);
  attention_backward(grad, split(qkv), mask, cpu, split(cpu_grad));

  const at::Tensor device = to_test_device(qkv);
  const AttentionOutput math{to_test_device(at::empty({tokens, 4, 8})),
                             to_test_device(at::empty({tokens, 4}))};
  const at::Tensor math_grad = at::empty_like(device);
  attention_math_forward(split(device), mask, math);
  attention_math_backward(to_test_device(grad), split(device), mask, math.logsumexp,
                          split(math_grad));
  expect_on_device(math.out, cpu.out, 3e-6);
  expect_on_device(math.logsumexp, cpu.logsumexp, 1e-6);
  expect_on_device(math_grad, cpu_grad, 3e-6);
}

// The first spans fit in a tile of queries, the second do not, with their prefix.
TEST(CudaAttentionMath, AgreesWithTheCpuInBothPasses) {
  at::manual_seed(3);
  const std::vector<Span> long_spans{{0, 300, -1}, {300, 261, 0}, {561, 2, 0}, {563, 257, -1}};
  for (const bool causal : {true, false}) {
    for (const int64_t window : {0, 3, 270}) {
      for (const double soft_cap : {0.0, 2.0}) {
        SCOPED_TRACE(testing::Message() << causal << ' ' << window << ' ' << soft_cap);
        expect_math_as_cpu({kSpans, window, nullptr, causal, soft_cap, .6}, 14);
        expect_math_as_cpu({long_spans, window, nullptr, causal, soft_cap}, 820);
      }
    }
  }
}

TEST(CudaFlash, AgreesWithPlainAttention) {
  at::manual_seed(1);
  EXPECT_EQ(check_flash(test_device()), "");
}

TEST(CudaFlash, SupportsBf16HeadsOfTheKernelsSizesWithoutASoftCap) {
  const auto takes = [](int64_t width, at::ScalarType type, double soft_cap = 0) {
    const at::Tensor x = at::empty({1, 1, width}, type);
    return flash_supports({x, x, x}, {.spans = kSpans, .soft_cap = soft_cap});
  };
  EXPECT_FALSE(takes(64, at::kBFloat16, 50));
  EXPECT_TRUE(takes(64, at::kBFloat16));
  EXPECT_TRUE(takes(256, at::kBFloat16));
  EXPECT_FALSE(takes(264, at::kBFloat16));
  EXPECT_FALSE(takes(20, at::kBFloat16));
  EXPECT_FALSE(takes(64, at::kFloat));
}

}  // namespace
}  // namespace laurel::test::attention_test
