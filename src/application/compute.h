// What a process computes with: its device, the arithmetic of the backbone, threads, and the
// library of fp32 products.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "core/log.h"

namespace laurel {

// What was asked for, and how messages name these options.
struct ComputeOptions {
  Device device = Device::automatic;
  std::optional<Precision> precision;
  std::optional<int64_t> threads;
  bool deterministic = false;
  std::string device_option = "run.device", precision_option = "train.precision";
  // Of the products that a bf16 on CPU is chosen by; by default those of a block of a small model.
  std::vector<MatmulShape> shapes = {{512, 2048, 2048}, {512, 2048, 5632}};
};

struct Compute {
  at::Device device;
  Precision precision;         // resolved
  Bf16MatmulBackend products;  // of bf16 on a CPU
  int64_t workers;             // parts of a micro-batch: the threads, or one on CUDA
  int64_t threads;             // that compute on the host
};

// Changes the whole process, so it is a program's to call, once, before the first tensor operation:
// threads of LibTorch, its library of fp32 products, and for `deterministic` its choice of
// operations and the workspace of cuBLAS (an environment variable). Opens CUDA unless the CPU was
// asked for, and tries its attention before bf16 is computed with it. Throws Error (usage) where
// CUDA was asked for and cannot be used; for auto that is a line in the log. All cores where
// `threads` is not given. `deterministic`: where an operation of CUDA does not give the same bits
// again, Error (usage) names it.
Compute set_up_process(const ComputeOptions& options, Log& log);

// The same for a run; writes what the config leaves open into it.
Compute set_up_process(Config& config, Log& log);

// Bytes that are free on the device; 0: not known.
int64_t free_memory(at::Device device);

}  // namespace laurel
