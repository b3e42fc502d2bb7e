// What the backbone computes in, by what is asked for, where, and how fast products are.
#include "train/precision.h"

#include <gmock/gmock.h>

#include "support/error_of.h"

namespace laurel::precision_test {
namespace {

using testing::HasSubstr;

// Made-up seconds of CPUs whose kind is in the name.
const MatmulTimes kAmx{.fp32 = 1, .bf16 = .15, .converted = 1.02};
const MatmulTimes kAmdZen4{.fp32 = 1, .bf16 = .55, .converted = 1.03};
const MatmulTimes kXeonWithoutAmx{.fp32 = 1, .bf16 = 1.67, .converted = 1.05};
const MatmulTimes kBarelySlower{.fp32 = 1, .bf16 = 1.1, .converted = 1.0};

PrecisionChoice on_cpu(std::optional<Precision> asked, std::optional<MatmulTimes> times) {
  return resolve_precision(asked, at::kCPU, "here", [&] { return times; });
}

std::optional<MatmulTimes> not_timed() {
  ADD_FAILURE() << "nothing depends on it";
  return std::nullopt;
}

TEST(Precision, DefaultsToFp32OnCpuAndBf16OnCuda) {
  const at::Device cuda(at::kCUDA, 0);
  const auto choose = [](std::optional<Precision> asked, at::Device device) {
    return resolve_precision(asked, device, "", not_timed).precision;
  };
  EXPECT_EQ(choose({}, at::kCPU), Precision::fp32);
  EXPECT_EQ(choose({}, cuda), Precision::bf16);
  EXPECT_EQ(choose(Precision::automatic, cuda), Precision::bf16);
  EXPECT_EQ(choose(Precision::bf16, cuda), Precision::bf16);
  for (const at::Device device : {at::Device(at::kCPU), cuda}) {
    EXPECT_EQ(choose(Precision::fp32, device), Precision::fp32);
  }
}

TEST(Precision, AutoOnCpuIsWhatIsMeasuredToBeFaster) {
  EXPECT_EQ(on_cpu(Precision::automatic, kAmx).precision, Precision::bf16);
  EXPECT_EQ(on_cpu(Precision::automatic, kAmdZen4).precision, Precision::bf16);
  EXPECT_EQ(on_cpu(Precision::automatic, kXeonWithoutAmx).precision, Precision::fp32);
  EXPECT_EQ(on_cpu(Precision::automatic, kBarelySlower).precision, Precision::fp32);
  EXPECT_EQ(on_cpu(Precision::automatic, {}).precision, Precision::fp32);
  EXPECT_THAT(on_cpu(Precision::automatic, kXeonWithoutAmx).note,
              HasSubstr("precision: fp32; products of bf16 take 1.67 of fp32's time here"));
}

TEST(Precision, Bf16OnCpuIsMultipliedAsFp32WhereThatIsClearlyFaster) {
  EXPECT_EQ(on_cpu(Precision::bf16, kAmx).products, Bf16MatmulBackend::native);
  EXPECT_EQ(on_cpu(Precision::bf16, kAmdZen4).products, Bf16MatmulBackend::native);
  EXPECT_EQ(on_cpu(Precision::bf16, kXeonWithoutAmx).products, Bf16MatmulBackend::converted);
  EXPECT_EQ(on_cpu(Precision::bf16, kBarelySlower).products, Bf16MatmulBackend::native)
      << "a small difference may be another one when the run is resumed";
  EXPECT_THAT(on_cpu(Precision::bf16, kXeonWithoutAmx).note,
              HasSubstr("precision: bf16, multiplied as fp32, which takes 1.05"));
}

TEST(Precision, Bf16OnCpuNeedsHardwareSupport) {
  EXPECT_THAT(test::error_of(ErrorKind::usage, [&] { on_cpu(Precision::bf16, {}); }),
              HasSubstr("here: found bf16, but this CPU has neither AMX-BF16"));
}

TEST(MatmulTimes, AreMeasuredOfAllThree) {
  const MatmulTimes times = time_matmuls(std::vector<MatmulShape>{{16, 64, 96}, {8, 96, 64}});
  EXPECT_GT(times.fp32, 0);
  EXPECT_GT(times.bf16, 0);
  EXPECT_GT(times.converted, 0);
}

}  // namespace
}  // namespace laurel::precision_test
