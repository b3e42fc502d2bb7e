// What keeps bits the same, and how it is noticed that they are not.
#include "ops/cuda/deterministic.h"

#include <ATen/Context.h>
#include <ATen/ops/ones.h>
#include <gmock/gmock.h>

#include <cstdlib>

namespace laurel::deterministic_test {
namespace {

using ::testing::HasSubstr;

TEST(Deterministic, NamesTheFirstOperationThatDiffers) {
  int calls = 0;
  const std::vector<Operation> operations = {
      {"a constant", [] { return at::ones({3}); }},
      {"a counter", [&] { return at::ones({3}) * static_cast<double>(++calls / 4); }},
      {"never reached", [&] { return at::ones({++calls}); }}};
  EXPECT_STREQ(first_nondeterministic(operations, 4), "a counter");
  EXPECT_EQ(calls, 4);
  EXPECT_EQ(first_nondeterministic(std::span(operations).first(1), 4), nullptr);
}

TEST(Deterministic, AnOperationThatLibTorchRefusesIsNamed) {
  try {
    at::Context::alertNotDeterministic("kthvalue CUDA");
    choose_deterministic_operations();
    at::Context::alertNotDeterministic("median_CUDA");
    FAIL();
  } catch (const std::exception& caught) {
    EXPECT_EQ(refused_operation(caught), "median_CUDA");
  }
  at::globalContext().setDeterministicAlgorithms(false, false);
  EXPECT_EQ(refused_operation(std::runtime_error("no")), std::nullopt);
}

TEST(Deterministic, FixesTheWorkspaceOfCublasUnlessItIsFixedAlready) {
  ::unsetenv("CUBLAS_WORKSPACE_CONFIG");
  EXPECT_EQ(fix_cublas_workspace(), "");
  EXPECT_STREQ(std::getenv("CUBLAS_WORKSPACE_CONFIG"), ":4096:8");
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8", 1);
  EXPECT_EQ(fix_cublas_workspace(), "");
  EXPECT_STREQ(std::getenv("CUBLAS_WORKSPACE_CONFIG"), ":16:8");
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":0:0", 1);
  EXPECT_THAT(fix_cublas_workspace(),
              HasSubstr("CUBLAS_WORKSPACE_CONFIG is \":0:0\", under which"));
  ::unsetenv("CUBLAS_WORKSPACE_CONFIG");
}

}  // namespace
}  // namespace laurel::deterministic_test
