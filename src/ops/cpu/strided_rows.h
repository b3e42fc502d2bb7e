// Rows of a 2-D or 3-D tensor as a pointer and strides: what row kernels take.
#pragma once

#include <cstdint>

namespace laurel {

// Row r = (r / inner, r % inner) of `width` elements that lie next to each other.
template <class T>
struct StridedRows {
  T* data;
  int64_t inner, outer_stride, inner_stride, width;

  T* operator[](int64_t r) const {
    return data + (r / inner) * outer_stride + (r % inner) * inner_stride;
  }
};

}  // namespace laurel
