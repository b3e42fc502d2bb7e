#include "ops/all_finite.h"

#include <ATen/Parallel.h>
#include <ATen/ops/isfinite.h>

#include <algorithm>
#include <atomic>

#include "ops/cpu/all_finite.h"

namespace laurel {

namespace {

constexpr int64_t kValuesOfOneTask = int64_t{1} << 16;

template <class Bits>
bool none_has(Bits exponent, const at::Tensor& values) {
  const auto* bits = static_cast<const Bits*>(values.const_data_ptr());
  std::atomic<bool> found = false;
  at::parallel_for(0, values.numel(), kValuesOfOneTask, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end && !found; i += kValuesOfOneTask) {
      if (any_has(exponent, bits + i, std::min(kValuesOfOneTask, end - i))) found = true;
    }
  });
  return !found;
}

}  // namespace

bool all_finite(const at::Tensor& values) {
  if (values.is_cpu() && values.is_contiguous()) {
    switch (values.scalar_type()) {
      case at::kHalf: return none_has(uint16_t{0x7c00}, values);
      case at::kBFloat16: return none_has(uint16_t{0x7f80}, values);
      case at::kFloat: return none_has(uint32_t{0x7f800000}, values);
      case at::kDouble: return none_has(uint64_t{0x7ff0000000000000}, values);
      default: break;
    }
  }
  return at::isfinite(values).all().item<bool>();
}

}  // namespace laurel
