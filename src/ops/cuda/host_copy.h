// Numbers on their way from the device, for a host that reads them later.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>

#include <optional>

namespace laurel {

// Copies x as it is now, into pinned memory; read() waits for that copy and for nothing that was
// begun after it. A tensor on the CPU is itself.
class HostCopy {
 public:
  explicit HostCopy(const at::Tensor& x);
  const at::Tensor& read();

 private:
  at::Tensor copy_;
  std::optional<c10::Event> copied_;
};

}  // namespace laurel
