// Dropout, split over rows.
#include "ops/dropout.h"

#include <ATen/Parallel.h>

#include "ops/cpu/dropout.h"
#include "ops/cuda/device.h"
#include "ops/strided_rows.h"

namespace laurel {

void drop(const at::Tensor& x, const DropoutMask& mask) {
  if (!mask) return;
  TORCH_INTERNAL_ASSERT(!on_cuda(x) && x.dim() == 2);
  TORCH_INTERNAL_ASSERT(static_cast<int64_t>(mask.rows.size()) == x.size(0));
  with_storage(x.scalar_type(), [&]<class T>(T) {
    const StridedRows<T> rows = rows_of<T>(x);
    at::parallel_for(0, x.size(0), 8,
                     [&](int64_t begin, int64_t end) { drop_rows(rows, mask, begin, end); });
  });
}

}  // namespace laurel
