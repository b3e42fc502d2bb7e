// Rope of the kernels against its formula in fp64.
#include "cuda/test_device.h"

namespace laurel::test::rope_test {
namespace {

TEST(CudaRope, TurnsStridedHeadsInPlaceAndBack) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    for (const int64_t width : {int64_t{64}, int64_t{128}, int64_t{6}}) {
      const RopeTable cpu = rope_table({.theta = 100}, width, 40, at::kFloat);
      const RopeTable table{to_test_device(cpu.cos), to_test_device(cpu.sin)};
      const at::Tensor packed = random({5, 9, width}, type);
      const at::Tensor untouched = to_cpu(packed.narrow(1, 7, 2)).clone();
      const at::Tensor x = packed.narrow(1, 0, 7);
      const at::Tensor before = to_cpu(x).to(at::kDouble).clone();
      const std::vector<int32_t> positions{0, 39, 7, 7, 1};
      rope_cuda(x, integers(positions), table, Rotate::forward);

      const at::Tensor rows = at::tensor(positions, at::kLong);
      const at::Tensor cos = cpu.cos.index_select(0, rows).to(at::kDouble).unsqueeze(1);
      const at::Tensor sin = cpu.sin.index_select(0, rows).to(at::kDouble).unsqueeze(1);
      const at::Tensor a = before.narrow(2, 0, width / 2);
      const at::Tensor b = before.narrow(2, width / 2, width / 2);
      expect_on_device(x, at::cat({a * cos - b * sin, b * cos + a * sin}, 2), tolerance(type));
      rope_cuda(x, integers(positions), table, Rotate::backward);
      expect_on_device(x, before, tolerance(type));
      EXPECT_TRUE(at::equal(to_cpu(packed.narrow(1, 7, 2)), untouched));
    }
  }
}

}  // namespace
}  // namespace laurel::test::rope_test
