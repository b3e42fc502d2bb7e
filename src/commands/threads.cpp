// LibTorch's thread settings.
#include "commands/threads.h"

#include <ATen/Parallel.h>

#include "core/parallel.h"

namespace laurel {

void set_compute_threads(std::optional<int64_t> threads) {
  at::set_num_threads(static_cast<int>(threads.value_or(available_cores())));
  at::set_num_interop_threads(1);
}

}  // namespace laurel
