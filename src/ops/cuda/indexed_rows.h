// Rows picked by index and summed by segment on CUDA: embedding, gathered keys, their gradients.
#pragma once

#include "ops/cuda/types.h"

namespace laurel {

// out[i] = from[index[i]] for i < count. An index outside [0, from_rows) stops the kernel.
struct CudaGatherRows {
  CudaType type;
  int64_t count, width, from_rows;
  const void* from;
  const int32_t* index;  // (count)
  void* out;
  int64_t from_stride, out_stride;  // elements
};
void cuda_gather_rows(const CudaGatherRows& args, CudaStream stream);

// out[k] = (add ? out[k] : 0) + sum of from[row[j]] over the j with key[j] = k, for every k that
// occurs, in fp32 and in an order that depends on the number of such j only. Keys rise; a row of
// `from` may occur once.
struct CudaSegmentSum {
  CudaType from_type, out_type;
  int64_t count, width, out_rows;
  const void* from;
  const int32_t *key, *row;  // (count)
  void* out;
  int64_t from_stride, out_stride;  // elements
  bool add;
  bool many_rows;  // of some key: eight warps share each
};
void cuda_segment_sum(const CudaSegmentSum& args, CudaStream stream);

}  // namespace laurel
