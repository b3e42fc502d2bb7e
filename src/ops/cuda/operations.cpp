// Checks tensors and calls the CUDA kernels: a kernel that is given a wrong shape writes anywhere.
#include "ops/cuda/operations.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/zeros.h>

#include <cstddef>
#include <cstring>

#include "ops/cuda/device.h"
#include "ops/cuda/tensors.h"
#include "ops/strided_rows.h"

namespace laurel {

namespace {

const int32_t* integers(const at::Tensor& x) {
  TORCH_INTERNAL_ASSERT(x.is_contiguous());
  return x.const_data_ptr<int32_t>();
}

void gated(Gate gate, const at::Tensor& gate_up, const at::Tensor& activated,
           const at::Tensor& grad, const at::Tensor& grad_gate_up) {
  TORCH_INTERNAL_ASSERT(gate_up.is_contiguous() && activated.is_contiguous());
  TORCH_INTERNAL_ASSERT(gate_up.numel() == 2 * activated.numel());
  TORCH_INTERNAL_ASSERT(gate_up.scalar_type() == activated.scalar_type());
  const CudaGated args{
      .type = cuda_type(activated),
      .gelu = gate == Gate::gelu_tanh,
      .tokens = activated.size(0),
      .width = activated.size(1),
      .gate_up = cuda_in(gate_up),
      .activated = cuda_out(activated),
      .grad = cuda_in(grad),
      .grad_gate_up = cuda_out(grad_gate_up),
  };
  cuda_kernels().gated(args, cuda_stream());
}

float added_to_weights(NormScale scale) {
  return scale == NormScale::one_plus_weight ? 1.0f : 0.0f;
}

CudaUpdate* update_of(const at::Tensor& update) {
  TORCH_INTERNAL_ASSERT(update.is_contiguous() && update.nbytes() == sizeof(CudaUpdate));
  return static_cast<CudaUpdate*>(update.mutable_data_ptr());
}

}  // namespace

void rms_norm_forward_cuda(const at::Tensor& x, const at::Tensor& weight, double eps,
                           const at::Tensor& out, const at::Tensor& inverse_rms, NormScale scale) {
  TORCH_INTERNAL_ASSERT(out.sizes() == x.sizes() && weight.numel() == x.size(-1));
  TORCH_INTERNAL_ASSERT(out.scalar_type() == x.scalar_type());
  TORCH_INTERNAL_ASSERT(inverse_rms.is_contiguous() && inverse_rms.numel() == row_count(x));
  TORCH_INTERNAL_ASSERT(weight.is_contiguous() && weight.scalar_type() == out.scalar_type());
  const CudaNormForward args{
      .type = cuda_type(out),
      .rows = row_count(x),
      .width = x.size(-1),
      .x = cuda_rows<const void>(x),
      .weight = cuda_in(weight),
      .added = added_to_weights(scale),
      .eps = static_cast<float>(eps),
      .out = cuda_rows<void>(out),
      .inverse_rms = inverse_rms.mutable_data_ptr<float>(),
  };
  cuda_kernels().norm_forward(args, cuda_stream());
}

void rms_norm_backward_cuda(const at::Tensor& grad, const NormSaved& saved,
                            const at::Tensor& weight, const at::Tensor& grad_x,
                            const at::Tensor& grad_weight, WriteMode mode, NormScale scale) {
  TORCH_INTERNAL_ASSERT(grad.sizes() == saved.x.sizes() && grad.sizes() == grad_x.sizes());
  TORCH_INTERNAL_ASSERT(weight.is_contiguous() && weight.numel() == grad.size(-1) &&
                        weight.scalar_type() == grad.scalar_type());
  TORCH_INTERNAL_ASSERT(grad.scalar_type() == saved.x.scalar_type() &&
                        grad_x.scalar_type() == saved.x.scalar_type());
  TORCH_INTERNAL_ASSERT(saved.inverse_rms.is_contiguous() &&
                        saved.inverse_rms.numel() == row_count(grad));
  CudaNormBackward args{
      .type = cuda_type(grad),
      .rows = row_count(grad),
      .width = grad.size(-1),
      .grad = cuda_rows<const void>(grad),
      .x = cuda_rows<const void>(saved.x),
      .weight = cuda_in(weight),
      .added = added_to_weights(scale),
      .inverse_rms = saved.inverse_rms.const_data_ptr<float>(),
      .grad_x = cuda_rows<void>(grad_x),
      .add = mode == WriteMode::add,
      .partial = nullptr,
      .grad_weight = nullptr,
  };
  at::Tensor partial;
  if (grad_weight.defined()) {
    TORCH_INTERNAL_ASSERT(grad_weight.is_contiguous() && grad_weight.numel() == args.width);
    const int64_t parts = cuda_kernels().norm_parts(args);
    partial = at::empty({parts, args.width}, grad_weight.options().dtype(at::kFloat));
    args.partial = partial.mutable_data_ptr<float>();
    args.grad_weight = grad_weight.mutable_data_ptr<float>();
  }
  cuda_kernels().norm_backward(args, cuda_stream());
}

void rope_cuda(const at::Tensor& x, const at::Tensor& positions, const RopeTable& table,
               Rotate direction) {
  TORCH_INTERNAL_ASSERT(x.dim() == 3 && x.stride(2) == 1 && positions.size(0) == x.size(0));
  TORCH_INTERNAL_ASSERT(table.cos.is_contiguous() && table.sin.is_contiguous());
  TORCH_INTERNAL_ASSERT(table.cos.size(1) == x.size(2) / 2 &&
                        table.sin.sizes() == table.cos.sizes());
  const CudaRope args{
      .type = cuda_type(x),
      .tokens = x.size(0),
      .heads = x.size(1),
      .head_dim = x.size(2),
      .x = cuda_out(x),
      .token_stride = x.stride(0),
      .head_stride = x.stride(1),
      .positions = integers(positions),
      .cos = table.cos.const_data_ptr<float>(),
      .sin = table.sin.const_data_ptr<float>(),
      .backward = direction == Rotate::backward,
  };
  cuda_kernels().rope(args, cuda_stream());
}

void gated_forward_cuda(Gate gate, const at::Tensor& gate_up, const at::Tensor& out) {
  gated(gate, gate_up, out, {}, {});
}

void gated_backward_cuda(Gate gate, const at::Tensor& grad, const at::Tensor& gate_up,
                         const at::Tensor& activated, const at::Tensor& grad_gate_up) {
  TORCH_INTERNAL_ASSERT(grad.is_contiguous() && grad.sizes() == activated.sizes());
  TORCH_INTERNAL_ASSERT(grad_gate_up.is_contiguous() && grad_gate_up.sizes() == gate_up.sizes());
  TORCH_INTERNAL_ASSERT(grad.scalar_type() == gate_up.scalar_type() &&
                        grad_gate_up.scalar_type() == gate_up.scalar_type());
  gated(gate, gate_up, activated, grad, grad_gate_up);
}

void gather_rows_cuda(const at::Tensor& from, const at::Tensor& index, const at::Tensor& out) {
  TORCH_INTERNAL_ASSERT(from.dim() == 2 && out.dim() == 2 && from.size(1) == out.size(1));
  TORCH_INTERNAL_ASSERT(from.stride(1) == 1 && out.stride(1) == 1);
  TORCH_INTERNAL_ASSERT(out.size(0) == index.size(0) && out.scalar_type() == from.scalar_type());
  const CudaGatherRows args{
      .type = cuda_type(from),
      .count = index.size(0),
      .width = from.size(1),
      .from_rows = from.size(0),
      .from = cuda_in(from),
      .index = integers(index),
      .out = cuda_out(out),
      .from_stride = from.stride(0),
      .out_stride = out.stride(0),
  };
  cuda_kernels().gather_rows(args, cuda_stream());
}

SortedRows sort_rows_cuda(const at::Tensor& keys) {
  const auto [key, row] = at::sort(keys, /*stable=*/true, /*dim=*/0, /*descending=*/false);
  return {key, row.to(at::kInt)};
}

void segment_sum_cuda(const at::Tensor& rows, const SortedRows& sorted, const at::Tensor& out,
                      WriteMode mode, RowsOfKey most) {
  TORCH_INTERNAL_ASSERT(rows.dim() == 2 && out.dim() == 2 && rows.size(1) == out.size(1));
  TORCH_INTERNAL_ASSERT(rows.stride(1) == 1 && out.stride(1) == 1);
  TORCH_INTERNAL_ASSERT(sorted.key.size(0) == rows.size(0) && sorted.row.size(0) == rows.size(0));
  const CudaSegmentSum args{
      .from_type = cuda_type(rows),
      .out_type = cuda_type(out),
      .count = rows.size(0),
      .width = rows.size(1),
      .out_rows = out.size(0),
      .from = cuda_in(rows),
      .key = integers(sorted.key),
      .row = integers(sorted.row),
      .out = cuda_out(out),
      .from_stride = rows.stride(0),
      .out_stride = out.stride(0),
      .add = mode == WriteMode::add,
      .many_rows = most == RowsOfKey::many,
  };
  cuda_kernels().segment_sum(args, cuda_stream());
}

at::Tensor make_update_cuda(at::Device device, int64_t updates, int64_t skipped) {
  CudaUpdate begin{};
  begin.updates = updates;
  begin.skipped = skipped;
  const at::Tensor bytes = at::empty({static_cast<int64_t>(sizeof(begin))}, at::kByte);
  std::memcpy(bytes.mutable_data_ptr(), &begin, sizeof(begin));
  return bytes.to(device);
}

void add_squared_norm_cuda(const NormPart& part, const at::Tensor& update) {
  TORCH_INTERNAL_ASSERT(part.gradient.is_contiguous());
  float* const gradient = part.gradient.mutable_data_ptr<float>();
  for (const UpdateRange& range : part.ranges) {
    const int64_t size = range.end - range.begin;
    const at::Tensor partial =
        at::empty({cuda_kernels().norm_blocks(size)}, part.gradient.options().dtype(at::kDouble));
    cuda_kernels().squared_norm(gradient + range.begin, size, partial.mutable_data_ptr<double>(),
                                update_of(update), cuda_stream());
  }
}

void require_finite_cuda(const at::Tensor& values, const at::Tensor& update) {
  static_assert(offsetof(CudaUpdate, squares) == 0);
  update.narrow(0, 0, sizeof(double)).view(at::kDouble).add_(values.sum() * 0);  // NaN or nothing
}

at::Tensor norm_of_update_cuda(const at::Tensor& update) {
  return update.narrow(0, offsetof(CudaUpdate, norm), sizeof(double)).view(at::kDouble).clone();
}

CudaUpdate read_update_cuda(const at::Tensor& update) {
  const at::Tensor here = update.cpu();
  return *update_of(here);
}

void decide_update_cuda(const CudaDecision& decision, const at::Tensor& update) {
  cuda_kernels().decide_update(decision, update_of(update), cuda_stream());
}

void adamw_step_cuda(const AdamWBuffers& buffers, std::span<const UpdateRange> ranges,
                     const AdamW& options, const at::Tensor& update) {
  const bool split = buffers.low.defined();
  TORCH_INTERNAL_ASSERT(split == (buffers.weights.scalar_type() == at::kBFloat16));
  TORCH_INTERNAL_ASSERT(buffers.moment1.scalar_type() == buffers.moment2.scalar_type());
  const CudaType moments = cuda_type(buffers.moment1);
  const int64_t moment_bytes = static_cast<int64_t>(buffers.moment1.element_size());
  for (const UpdateRange& range : ranges) {
    auto* const weights = static_cast<char*>(cuda_out(buffers.weights));
    auto* const high = reinterpret_cast<uint16_t*>(weights) + range.begin;
    auto* const moment1 = static_cast<char*>(cuda_out(buffers.moment1));
    auto* const moment2 = static_cast<char*>(cuda_out(buffers.moment2));
    const CudaAdamW args{
        .moments = moments,
        .first = range.begin,
        .size = range.end - range.begin,
        .weight = split ? nullptr : reinterpret_cast<float*>(weights) + range.begin,
        .high = split ? high : nullptr,
        .low = split ? buffers.low.mutable_data_ptr<int16_t>() + range.begin : nullptr,
        .stochastic = options.rounding == Rounding::stochastic,
        .gradient = buffers.gradient.mutable_data_ptr<float>() + range.begin,
        .moment1 = moment1 + range.begin * moment_bytes,
        .moment2 = moment2 + range.begin * moment_bytes,
        .update = update_of(update),
        .lr = static_cast<float>(options.lr),
        .beta1 = static_cast<float>(options.beta1),
        .beta2 = static_cast<float>(options.beta2),
        .eps = static_cast<float>(options.eps),
        .weight_decay = static_cast<float>(range.decay ? options.weight_decay : 0),
    };
    cuda_kernels().adamw(args, cuda_stream());
  }
}

void average_step_cuda(const AverageBuffers& buffers, std::span<const UpdateRange> ranges,
                       Rounding rounding, const at::Tensor& update) {
  const bool split = buffers.low.defined();
  TORCH_INTERNAL_ASSERT(split == (buffers.weights.scalar_type() == at::kBFloat16));
  void* const weights = cuda_out(buffers.weights);
  for (const UpdateRange& range : ranges) {
    const CudaAverage args{
        .size = range.end - range.begin,
        .weight = split ? nullptr : static_cast<float*>(weights) + range.begin,
        .high = split ? static_cast<uint16_t*>(weights) + range.begin : nullptr,
        .low = split ? buffers.low.mutable_data_ptr<int16_t>() + range.begin : nullptr,
        .stochastic = rounding == Rounding::stochastic,
        .average = buffers.average.mutable_data_ptr<float>() + range.begin,
        .update = update_of(update),
    };
    cuda_kernels().average(args, cuda_stream());
  }
}

}  // namespace laurel
