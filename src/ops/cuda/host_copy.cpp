// HostCopy: a copy on the default stream, followed by an event.
#include "ops/cuda/host_copy.h"

#include <ATen/ops/empty.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

namespace laurel {

HostCopy::HostCopy(const at::Tensor& x) : copy_(x) {
  if (!x.is_cuda()) return;
  copy_ = at::empty(x.sizes(), x.options().device(at::kCPU).pinned_memory(true));
  copy_.copy_(x, /*non_blocking=*/true);
  copied_.emplace(c10::DeviceType::CUDA);
  copied_->record(c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA)->getStream(x.device()));
}

const at::Tensor& HostCopy::read() {
  if (copied_) copied_->synchronize();
  copied_.reset();
  return copy_;
}

}  // namespace laurel
