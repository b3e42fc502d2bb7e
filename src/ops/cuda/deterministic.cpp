// Sets LibTorch to deterministic operations and tests at every start that results repeat bit for
// bit.
#include "ops/cuda/deterministic.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>

#include <cstdlib>
#include <string_view>
#include <vector>

#include "core/str.h"
#include "ops/cuda/flash.h"

namespace laurel {

namespace {

constexpr const char* kWorkspace = "CUBLAS_WORKSPACE_CONFIG";
constexpr int kTimes = 8;

// One long span, so that many blocks of keys add to every query's gradient.
at::Tensor flash_gradients(at::Device device, const at::Tensor& qkv, const at::Tensor& grad) {
  constexpr int64_t kHeads = 8, kKvHeads = 2;
  const auto split = [](const at::Tensor& of) {
    return Qkv{of.narrow(1, 0, kHeads), of.narrow(1, kHeads, kKvHeads),
               of.narrow(1, kHeads + kKvHeads, kKvHeads)};
  };
  const std::vector<Span> spans = {{0, static_cast<int32_t>(qkv.size(0)), -1}};
  const FlashKeys keys = flash_keys(spans, device);
  const AttentionOutput output{at::empty_like(grad),
                               at::empty({grad.size(0), kHeads}, grad.options().dtype(at::kFloat))};
  const at::Tensor gradients = at::empty_like(qkv);
  const AttentionMask mask{spans, 0, &keys};
  flash_forward(split(qkv), mask, output);
  flash_backward(grad, split(qkv), mask, output, split(gradients));
  return gradients;
}

std::vector<Operation> operations_of_training(at::Device device, bool bf16) {
  const auto fp32 = at::TensorOptions().dtype(at::kFloat).device(device);
  const auto type = bf16 ? fp32.dtype(at::kBFloat16) : fp32;
  std::vector<Operation> operations;
  if (bf16) {
    const at::Tensor qkv = at::randn({2048, 12, 64}, type), grad = at::randn({2048, 8, 64}, type);
    operations.push_back({"the backward pass of flash attention",
                          [=] { return flash_gradients(device, qkv, grad); }});
  }
  const at::Tensor a = at::randn({256, 16384}, type), b = at::randn({16384, 256}, type);
  operations.push_back({"matrix products of cuBLAS", [=] { return at::mm(a, b); }});
  const at::Tensor index = at::randint(64, {1 << 16}, fp32.dtype(at::kLong));
  const at::Tensor values = at::randn({1 << 16}, fp32);
  operations.push_back({"index_add, the gradient of picking rewards by row",
                        [=] { return at::zeros({64}, fp32).index_add_(0, index, values); }});
  operations.push_back({"sums", [=] { return values.sum().view({1}); }});
  return operations;
}

}  // namespace

std::string fix_cublas_workspace() {
  const char* const set = std::getenv(kWorkspace);
  if (set == nullptr) {
    ::setenv(kWorkspace, ":4096:8", 1);
    return "";
  }
  const std::string_view given = set;
  if (given == ":4096:8" || given == ":16:8") return "";
  return str(kWorkspace, " is \"", given,
             "\", under which products of cuBLAS may differ from run "
             "to run; expected :4096:8, :16:8, or none");
}

void choose_deterministic_operations() {
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/false);
  at::globalContext().setDeterministicFillUninitializedMemory(false);  // nothing reads it
}

const char* first_nondeterministic(std::span<const Operation> operations, int times) {
  for (const Operation& operation : operations) {
    const at::Tensor first = operation.compute();
    for (int i = 1; i < times; ++i) {
      if (!at::equal(operation.compute(), first)) return operation.name;
    }
  }
  return nullptr;
}

std::string check_deterministic(at::Device device, bool bf16) {
  try {
    const std::vector<Operation> operations = operations_of_training(device, bf16);
    const char* const name = first_nondeterministic(operations, kTimes);
    return name == nullptr ? "" : str(name, " gave other bits when it was repeated");
  } catch (const c10::Error& error) {
    return refused_operation(error).value_or(error.what_without_backtrace());
  }
}

std::optional<std::string> refused_operation(const std::exception& caught) {
  const std::string_view what = caught.what();
  const size_t end = what.find(" does not have a deterministic implementation");
  if (end == std::string_view::npos) return std::nullopt;
  const size_t before = what.find_last_of(" \n", end - 1);
  const size_t begin = before == std::string_view::npos ? 0 : before + 1;
  return std::string(what.substr(begin, end - begin));
}

}  // namespace laurel
