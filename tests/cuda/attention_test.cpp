// Attention on the device: plain ATen against the CPU's kernels, flash against plain ATen.
#include "ops/attention.h"

#include "cuda/where.h"
#include "ops/cuda/attention_math.h"
#include "ops/cuda/flash.h"

namespace laurel::test {
namespace {

const std::vector<Span> kSpans{{0, 4, -1}, {4, 3, 0}, {7, 1, 0}, {8, 6, -1}};

TEST(CudaAttentionMath, AgreesWithTheCpuInBothPasses) {
  for (const int64_t window : {int64_t{0}, int64_t{3}}) {
    const Visible visible{kSpans, window};
    const at::Tensor qkv = at::randn({14, 4 + 2 + 2, 8});
    const at::Tensor grad = at::randn({14, 4, 8});
    const auto split = [](const at::Tensor& x) {
      return Heads{x.narrow(1, 0, 4), x.narrow(1, 4, 2), x.narrow(1, 6, 2)};
    };
    const Attended cpu{at::empty({14, 4, 8}), at::empty({14, 4})};
    const at::Tensor cpu_grad = at::empty_like(qkv);
    attention_forward(split(qkv), visible, cpu);
    attention_backward(grad, split(qkv), visible, cpu, split(cpu_grad));

    const at::Tensor device = there(qkv);
    const Attended math{there(at::empty({14, 4, 8})), there(at::empty({14, 4}))};
    const at::Tensor math_grad = at::empty_like(device);
    attention_math_forward(split(device), visible, math);
    attention_math_backward(there(grad), split(device), visible, math.log_sum, split(math_grad));
    expect_there(math.out, cpu.out, 1e-6);
    expect_there(math.log_sum, cpu.log_sum, 1e-6);
    expect_there(math_grad, cpu_grad, 2e-6);
  }
}

TEST(CudaFlash, AgreesWithPlainAttention) {
  at::manual_seed(1);
  EXPECT_EQ(check_flash(where()), "");
}

TEST(CudaFlash, TakesBf16HeadsOfSizesThatItsKernelsHave) {
  const auto takes = [](int64_t width, at::ScalarType type) {
    const at::Tensor x = at::empty({1, 1, width}, type);
    return flash_takes({x, x, x});
  };
  EXPECT_TRUE(takes(64, at::kBFloat16));
  EXPECT_TRUE(takes(256, at::kBFloat16));
  EXPECT_FALSE(takes(264, at::kBFloat16));
  EXPECT_FALSE(takes(20, at::kBFloat16));
  EXPECT_FALSE(takes(64, at::kFloat));
}

}  // namespace
}  // namespace laurel::test
