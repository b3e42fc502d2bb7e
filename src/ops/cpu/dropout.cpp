// The loop of dropout over rows, cloned per instruction set.
#include "ops/cpu/dropout.h"

#include "ops/cpu/clones.h"

namespace laurel {

template <class T>
LAUREL_CLONES void drop_rows(const StridedRows<T>& x, const DropoutMask& mask, int64_t begin,
                             int64_t end) {
  for (int64_t r = begin; r < end; ++r) drop_elements(x[r], x.width, 0, row_dropout(mask, r));
}

template void drop_rows(const StridedRows<float>&, const DropoutMask&, int64_t, int64_t);
template void drop_rows(const StridedRows<double>&, const DropoutMask&, int64_t, int64_t);
template void drop_rows(const StridedRows<Bf16>&, const DropoutMask&, int64_t, int64_t);

}  // namespace laurel
