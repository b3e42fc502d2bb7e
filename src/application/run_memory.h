// The memory that a run will take.
#pragma once

#include <cstdint>
#include <string>

#include "application/compute.h"
#include "application/run_inputs.h"
#include "model/memory_plan.h"

namespace laurel {

// Elements of parameter buffers: of those that model.train trains, and of all with the adapters.
struct ParameterCounts {
  int64_t trained, all;
};
ParameterCounts parameter_counts(const ModelFolder& model);

// From the model's shapes, the lengths of the data and what the device has free. Throws Error
// (memory) where train.recompute is auto and nothing fits.
MemoryPlan plan_run_memory(const Config& config, const RunInputs& run, const Compute& compute);

// "memory: about 12.3 GiB, of them 7.4 GiB weights, gradients and moments, 0.4 GiB that the program
// and its tokenizer hold already; recompute: none". On CUDA the latter are not the device's.
std::string memory_text(const MemoryPlan& plan, const Compute& compute);

}  // namespace laurel
