// Buffer: grows to the largest shape requested and never shrinks. It allocates twice that size:
// pages that are not used cost nothing, moving to a larger buffer costs all pages anew.
#include "model/buffer.h"

#include <ATen/ops/empty.h>
#include <c10/util/accumulate.h>

namespace laurel {

at::Tensor& Buffer::take(at::IntArrayRef shape, const at::TensorOptions& options) {
  const int64_t elements = c10::multiply_integers(shape);
  if (!flat_.defined() || flat_.dtype() != options.dtype() || flat_.numel() < elements) {
    tensor_.reset();
    flat_.reset();
    // Pages of a device are taken whether they are used or not.
    flat_ = at::empty({options.device().is_cpu() ? 2 * elements : elements}, options);
  }
  tensor_ = flat_.narrow(0, 0, elements).view(shape);
  return tensor_;
}

}  // namespace laurel
