// Opening CUDA where it cannot be opened.
#include <gmock/gmock.h>

#include "ops/cuda/device.h"

namespace laurel::open_test {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

TEST(OpenCuda, NamesWhatIsMissingAndSaysTheSameAgain) {
  const std::string problem = open_cuda();
  if (problem.empty()) GTEST_SKIP() << "CUDA can be used to_cpu";
  EXPECT_THAT(problem, AnyOf(HasSubstr(".so"), HasSubstr("no CUDA device"), HasSubstr("driver"),
                             HasSubstr("compute capability")));
  EXPECT_EQ(open_cuda(), problem);
}

}  // namespace
}  // namespace laurel::open_test
