// LibTorch's settings, made once before it computes.
#include "commands/compute.h"

#include <ATen/Parallel.h>

#include "core/parallel.h"
#include "ops/linear.h"

namespace laurel {

int64_t set_up_compute(std::optional<int64_t> threads) {
  const int64_t count = threads.value_or(available_cores());
  at::set_num_threads(static_cast<int>(count));
  at::set_num_interop_threads(1);
  choose_fp32_products();
  return count;
}

}  // namespace laurel
