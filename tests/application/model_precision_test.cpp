// The precision that a model is evaluated in, and what another one changes, worked by hand.
#include "application/model_precision.h"

#include <gmock/gmock.h>

#include <vector>

#include "../checkpoint/tiny.h"
#include "core/files.h"

namespace laurel::test::model_precision_test {
namespace {

using ::testing::HasSubstr;

class ModelPrecision : public testing::Test {
 protected:
  // A folder with this run.json and this type in its config.json.
  OwnPrecision own(const Json& run, const Json& config, at::Device device) {
    const std::filesystem::path folder = scratch_.path / "model";
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    write_file(folder / "config.json", config.dump());
    if (!run.is_null()) write_file(folder / "run.json", run.dump());
    return own_precision(folder.string(), device);
  }

  Scratch scratch_;
};

TEST_F(ModelPrecision, OfARunIsThatOfItsEvaluationsOnAnyDevice) {
  const Json final_folder = {{"step", 3}, {"precision", "fp32"}};
  const Json checkpoint = {{"step", 3}, {"environment", {{"precision", "bf16"}}}};
  const Json config = {{"dtype", "bfloat16"}};
  for (const at::Device device : {at::Device(at::kCPU), at::Device(at::kCUDA)}) {
    EXPECT_EQ(own(final_folder, config, device).precision, Precision::fp32);
    EXPECT_EQ(own(final_folder, config, device).reason, "as the run was evaluated");
  }
  EXPECT_EQ(own(checkpoint, config, at::kCUDA).precision, Precision::bf16);
  const OwnPrecision on_cpu = own(checkpoint, config, at::kCPU);
  EXPECT_THAT(on_cpu.reason, HasSubstr("the run was evaluated"));
}

TEST_F(ModelPrecision, OfAnotherFolderIsItsTypeAndFp32OnACpu) {
  const auto on_cuda = [&](const Json& config) { return own(nullptr, config, at::kCUDA); };
  EXPECT_EQ(on_cuda({{"dtype", "bfloat16"}}).precision, Precision::bf16);
  EXPECT_EQ(on_cuda({{"torch_dtype", "bfloat16"}}).reason, "config.json names bfloat16");
  EXPECT_EQ(on_cuda({{"torch_dtype", "float32"}}).precision, Precision::fp32);
  EXPECT_EQ(on_cuda(Json::object()).precision, Precision::fp32);
  EXPECT_EQ(own(nullptr, {{"dtype", "bfloat16"}}, at::kCPU).precision, Precision::fp32);
  EXPECT_EQ(own(nullptr, {{"dtype", "bfloat16"}}, at::kCPU).reason, "the default on a CPU");
}

TEST(PrecisionChange, IsLargeBeyondATenthOfTheDeviation) {
  const std::vector<double> own = {0, 2, 4, 6}, asked = {0, 4, 2, 6};
  EXPECT_TRUE(is_large(value_change(own, asked)));
  std::vector<double> near = own;
  near[0] = 0.1;
  EXPECT_FALSE(is_large(value_change(own, near)));
}

}  // namespace
}  // namespace laurel::test::model_precision_test
