// Runs workers on ATen's intra-op threads.
#include "ops/workers.h"

#include <ATen/Parallel.h>

namespace laurel {

void run_workers(int64_t workers, const std::function<void(int64_t)>& work) {
  if (workers == 1) return work(0);
  at::parallel_for(0, workers, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) work(i);
  });
}

}  // namespace laurel
