// The same bits from run to run on CUDA: LibTorch's settings for it, and a check that they hold.
//
// Our own kernels add in an order that depends on shapes alone. LibTorch's do not by default: the
// backward pass of flash attention adds gradients of queries by atomic additions, index_add (the
// gradient of picking rewards by row) does the same, and cuBLAS may choose by its workspace.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <functional>
#include <span>
#include <string>

namespace laurel {

// Before anything asks for CUDA: gives cuBLAS a fixed workspace. Returns what is wrong, by its
// name, if CUBLAS_WORKSPACE_CONFIG already says otherwise.
std::string fix_cublas_workspace();

// Lets LibTorch choose operations that give the same bits, and throw where it has none.
void choose_deterministic_operations();

struct Operation {
  const char* name;
  std::function<at::Tensor()> compute;
};

// The name of the first operation whose bits are not the same `times` times; nullptr if all are.
const char* first_nondeterministic(std::span<const Operation> operations, int times);

// After both of the above: computes the operations of LibTorch that training uses, large enough
// to be shared by many blocks, several times each. Returns the name of the first whose results
// differ, or what LibTorch says of the first that it refuses; nothing if all are the same.
std::string check_deterministic(at::Device device, bool bf16);

// What LibTorch calls an operation that it has no such way to compute, if that is what was caught.
std::optional<std::string> refused_operation(const std::exception& caught);

}  // namespace laurel
