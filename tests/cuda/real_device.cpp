// Opens the device before the tests; where there is none, says why and runs none.
#include <iostream>

#include "cuda/test_device.h"
#include "ops/cuda/device.h"

namespace laurel::test {

at::Device test_device() { return {at::kCUDA, 0}; }
void emulate_operations(bool) {}  // the device is real

}  // namespace laurel::test

int main(int count, char** arguments) {
  ::testing::InitGoogleTest(&count, arguments);
  const std::string problem = laurel::open_cuda();
  if (problem.empty()) return RUN_ALL_TESTS();
  std::cout << "no CUDA here: " << problem << "\n";
  return 77;  // ctest: skipped
}
