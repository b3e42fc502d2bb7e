// The operations of ops/ on CUDA tensors: what their functions call when they are given one. Shapes
// and formulas are those of the headers named; fp32 and bf16, arithmetic and statistics in fp32.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>

#include "ops/adamw.h"
#include "ops/cuda/adamw.h"
#include "ops/gate.h"
#include "ops/norm.h"
#include "ops/rope.h"

namespace laurel {

// ops/norm.h. Parameter gradients are fp32.
void rms_norm_forward_cuda(const at::Tensor& x, const at::Tensor& weight, double eps,
                           const at::Tensor& out, const at::Tensor& inverse_rms,
                           NormScale scale = NormScale::weight);
void rms_norm_backward_cuda(const at::Tensor& grad, const NormSaved& saved,
                            const at::Tensor& weight, const at::Tensor& grad_x,
                            const at::Tensor& grad_weight, WriteMode mode,
                            NormScale scale = NormScale::weight);

// ops/rope.h; the table in fp32.
void rope_cuda(const at::Tensor& x, const at::Tensor& positions, const RopeTable& table,
               Rotate direction);

// ops/gated.h. grad_gate_up may be gate_up.
void gated_forward_cuda(Gate gate, const at::Tensor& gate_up, const at::Tensor& out);
void gated_backward_cuda(Gate gate, const at::Tensor& grad, const at::Tensor& gate_up,
                         const at::Tensor& activated, const at::Tensor& grad_gate_up);

// out[i] = from[index[i]], rows of (N, W), int32 index: the lookup of ops/embedding.h, gathered
// keys and values.
void gather_rows_cuda(const at::Tensor& from, const at::Tensor& index, const at::Tensor& out);

// The rows of a matrix in the order of their keys, rows of one key in their own order; int32.
struct SortedRows {
  at::Tensor key, row;
};
SortedRows sort_rows_cuda(const at::Tensor& keys);  // keys of the rows, int32
enum class RowsOfKey { few, many };                 // at most: how threads share the work

// out[k] = or += the sum of the rows with key k, for every k that occurs; out may be fp32 where
// rows is bf16. The gradient of gather_rows_cuda for the sorted rows of its index: of an embedding,
// of shared keys and values.
void segment_sum_cuda(const at::Tensor& rows, const SortedRows& sorted, const at::Tensor& out,
                      WriteMode mode, RowsOfKey most);

// AdamW without the host; a CudaUpdate in device memory is its state.
at::Tensor make_update_cuda(at::Device device, int64_t updates = 0, int64_t skipped = 0);

// Adds the squares of the ranges to update->squares.
void add_squared_norm_cuda(const NormPart& part, const at::Tensor& update);
// Makes the coming update one that is not made if any of `values` (fp64) is not finite.
void require_finite_cuda(const at::Tensor& values, const at::Tensor& update);
CudaUpdate read_update_cuda(const at::Tensor& update);     // waits for the device
at::Tensor norm_of_update_cuda(const at::Tensor& update);  // of the last decision, (1) fp64
void decide_update_cuda(const CudaDecision& decision, const at::Tensor& update);

// One pass over the ranges; options.update and options.gradient_scale are the device's instead.
void adamw_step_cuda(const AdamWBuffers& buffers, std::span<const UpdateRange> ranges,
                     const AdamW& options, const at::Tensor& update);

// average_step after it, at the rate of the device's update.
void average_step_cuda(const AverageBuffers& buffers, std::span<const UpdateRange> ranges,
                       Rounding rounding, const at::Tensor& update);

}  // namespace laurel
