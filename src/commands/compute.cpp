// LibTorch's thread settings.
#include "commands/threads.h"

#include <ATen/Parallel.h>

#include "core/parallel.h"

namespace laurel {

int64_t set_compute_threads(std::optional<int64_t> threads) {
  const int64_t count = threads.value_or(available_cores());
  at::set_num_threads(static_cast<int>(count));
  at::set_num_interop_threads(1);
  return count;
}

}  // namespace laurel
