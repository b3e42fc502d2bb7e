// Memory that is reused from call to call: fresh pages cost more than the arithmetic on them.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/TensorOptions.h>

namespace laurel {

class Buffer {
 public:
  // A contiguous tensor of this shape at the buffer's beginning; contents are whatever was there.
  // Earlier tensors of the buffer are stale afterwards.
  at::Tensor& take(at::IntArrayRef shape, const at::TensorOptions& options);

  // What take returned last.
  at::Tensor& get() { return tensor_; }

 private:
  at::Tensor flat_, tensor_;
};

}  // namespace laurel
