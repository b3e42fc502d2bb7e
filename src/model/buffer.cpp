// A buffer grows to the largest shape asked for and never shrinks.
#include "model/buffer.h"

#include <ATen/ops/empty.h>
#include <c10/util/accumulate.h>

namespace laurel {

at::Tensor& Buffer::take(at::IntArrayRef shape, at::ScalarType type) {
  const int64_t elements = c10::multiply_integers(shape);
  if (!flat_.defined() || flat_.scalar_type() != type || flat_.numel() < elements) {
    tensor_.reset();
    flat_.reset();
    flat_ = at::empty({elements}, type);
  }
  tensor_ = flat_.narrow(0, 0, elements).view(shape);
  return tensor_;
}

}  // namespace laurel
