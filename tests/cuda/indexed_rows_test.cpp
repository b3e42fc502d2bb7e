// Rows picked by index and summed by segment, against ATen in fp64.
#include "cuda/test_device.h"

namespace laurel::test::indexed_rows_test {
namespace {

std::vector<int32_t> random_keys(int64_t count, int64_t below) {
  const at::Tensor keys = at::randint(below, {count}, at::kInt);
  return {keys.const_data_ptr<int32_t>(), keys.const_data_ptr<int32_t>() + count};
}

TEST(CudaSortRows, KeepsTheOrderOfRowsWithOneKey) {
  const SortedRows sorted = sort_rows_cuda(integers({5, 2, 5, 9, 2, 5}));
  EXPECT_TRUE(at::equal(to_cpu(sorted.key), at::tensor({2, 2, 5, 5, 5, 9}, at::kInt)));
  EXPECT_TRUE(at::equal(to_cpu(sorted.row), at::tensor({1, 4, 0, 2, 5, 3}, at::kInt)));
}

TEST(CudaGatherRows, CopiesRowsBetweenStridedMatrices) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    for (const int64_t width : {int64_t{576}, int64_t{24}, int64_t{7}}) {
      const at::Tensor from = random({30, width + 8}, type).narrow(1, 8, width);
      const std::vector<int32_t> keys = random_keys(45, 30);
      const at::Tensor out = at::zeros({45, width + 16}, from.options()).narrow(1, 0, width);
      gather_rows_cuda(from, integers(keys), out);
      const at::Tensor expected = to_cpu(from).index_select(0, at::tensor(keys, at::kLong));
      EXPECT_TRUE(at::equal(to_cpu(out), expected));
    }
  }
}

struct Types {
  at::ScalarType from, out;
};
const std::vector<Types> kTypes = {
    {at::kFloat, at::kFloat}, {at::kBFloat16, at::kBFloat16}, {at::kBFloat16, at::kFloat}};

TEST(CudaSegmentSum, IsTheGradientOfGatherRowsHoweverThreadsShareTheWork) {
  for (const Types& types : kTypes) {
    for (const int64_t width : {int64_t{576}, int64_t{24}, int64_t{7}}) {
      for (const auto most : {RowsOfKey::few, RowsOfKey::many}) {
        std::vector<int32_t> keys = random_keys(120, 40);
        keys.insert(keys.end(), 60, 3);  // one long segment
        const at::Tensor rows = random({180, width}, types.from);
        const at::Tensor out = at::ones({40, width + 8}, rows.options().dtype(types.out));
        segment_sum_cuda(rows, sort_rows_cuda(integers(keys)), out.narrow(1, 0, width),
                         WriteMode::add, most);
        const at::Tensor expected = at::ones({40, width}, at::kDouble);
        expected.index_add_(0, at::tensor(keys, at::kLong), to_cpu(rows).to(at::kDouble));
        expect_on_device(out.narrow(1, 0, width), expected, tolerance(types.out));
        EXPECT_TRUE(at::equal(to_cpu(out.narrow(1, width, 8)), at::ones({40, 8}, types.out)));
      }
    }
  }
}

TEST(CudaSegmentSum, OverwritesRowsOfItsKeysAndLeavesOthers) {
  const at::Tensor rows = to_test_device(at::tensor({1.0f, 2.0f, 3.0f}).view({3, 1}));
  const at::Tensor out = to_test_device(at::full({4, 1}, 9.0f));
  segment_sum_cuda(rows, sort_rows_cuda(integers({2, 0, 2})), out, WriteMode::overwrite,
                   RowsOfKey::few);
  EXPECT_TRUE(at::equal(to_cpu(out), at::tensor({2.0f, 9.0f, 4.0f, 9.0f}).view({4, 1})));
}

}  // namespace
}  // namespace laurel::test::indexed_rows_test
