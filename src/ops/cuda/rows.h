// Rows picked by index and rows summed by segment on CUDA: embedding, gathered keys and values,
// read rows, and their gradients.
#pragma once

#include "ops/cuda/types.h"

namespace laurel {

// out[i] = from[index[i]] for i < count; out may be wider in type than from. An index outside
// [0, from_rows) stops the kernel.
struct CudaGatherRows {
  CudaType from_type, out_type;
  int64_t count, width, from_rows;
  const void* from;
  const int32_t* index;  // (count)
  void* out;
  int64_t from_stride, out_stride;  // elements
};
void cuda_gather_rows(const CudaGatherRows& args, CudaStream stream);

// out[target[s]] = (add ? out[target[s]] : 0) + sum of from[order[j]], begin[s] <= j < begin[s +
// 1], in fp32 and in an order that depends on the segment's length only. Targets are distinct.
struct CudaSegmentSum {
  CudaType from_type, out_type;
  int64_t segments, width;
  const void* from;
  const int32_t *target, *begin, *order;  // (segments), (segments + 1), (begin[segments])
  void* out;
  int64_t from_stride, out_stride;  // elements
  bool add;
  bool long_segments;  // many rows in some segments: eight warps share each
};
void cuda_segment_sum(const CudaSegmentSum& args, CudaStream stream);

}  // namespace laurel
