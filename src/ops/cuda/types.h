// What launchers of CUDA kernels take: a stream, element types, strided rows. No CUDA header.
#pragma once

#include <cstdint>

struct CUstream_st;

namespace laurel {

using CudaStream = CUstream_st*;  // cudaStream_t

enum class CudaType { fp32, bf16 };

// Row r = (r / inner, r % inner) begins at data + (r / inner) * outer_stride + (r % inner) *
// inner_stride, in elements; the elements of a row are neighbours. V is void or const void.
template <class V>
struct CudaStridedRows {
  V* data;
  int64_t inner, outer_stride, inner_stride;
};

}  // namespace laurel
