// What the backbone computes in, by what is asked for and where.
#include "train/precision.h"

#include <gmock/gmock.h>

#include "ops/cpu_features.h"
#include "support/error_of.h"

namespace laurel::precision_test {
namespace {

TEST(Precision, DefaultsToFp32OnCpuAndBf16OnCuda) {
  const at::Device cuda(at::kCUDA, 0);
  EXPECT_EQ(resolve_precision({}, at::kCPU, ""), Precision::fp32);
  EXPECT_EQ(resolve_precision({}, cuda, ""), Precision::bf16);
  EXPECT_EQ(resolve_precision(Precision::automatic, cuda, ""), Precision::bf16);
  EXPECT_EQ(resolve_precision(Precision::bf16, cuda, ""), Precision::bf16);
  for (const at::Device device : {at::Device(at::kCPU), cuda}) {
    EXPECT_EQ(resolve_precision(Precision::fp32, device, ""), Precision::fp32);
  }
}

TEST(Precision, Bf16OnCpuNeedsHardwareSupport) {
  const auto resolve = [](Precision asked) { return resolve_precision(asked, at::kCPU, "here"); };
  if (has_fast_bf16()) {
    EXPECT_EQ(resolve(Precision::bf16), Precision::bf16);
    EXPECT_EQ(resolve(Precision::automatic), Precision::bf16);
  } else {
    EXPECT_EQ(resolve(Precision::automatic), Precision::fp32);
    EXPECT_THAT(test::error_of(ErrorKind::usage, [&] { resolve(Precision::bf16); }),
                testing::HasSubstr("here: found bf16, but this CPU has neither AMX-BF16"));
  }
}

}  // namespace
}  // namespace laurel::precision_test
