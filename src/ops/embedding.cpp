// Embedding lookup over tokens; its gradient over columns: no two threads write one element.
#include "ops/embedding.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>

#include <algorithm>

#include "ops/cpu/embedding.h"
#include "ops/cuda/device.h"
#include "ops/cuda/encoder_math.h"
#include "ops/cuda/operations.h"
#include "ops/strided_rows.h"

namespace laurel {

namespace {

void look_up_rows(const at::Tensor& ids, const at::Tensor& weight, const at::Tensor& out) {
  const int64_t width = weight.size(1);
  const int32_t* const id = ids.const_data_ptr<int32_t>();
  with_storage(weight.scalar_type(), [&]<class T>(T) {
    const T* const from = pointer<const T>(weight);
    T* const to = pointer<T>(out);
    at::parallel_for(0, ids.size(0), 64, [&](int64_t begin, int64_t end) {
      for (int64_t t = begin; t < end; ++t) {
        TORCH_INTERNAL_ASSERT(id[t] >= 0 && id[t] < weight.size(0));
        std::copy_n(from + id[t] * width, width, to + t * width);
      }
    });
  });
}

}  // namespace

void embedding_forward(const at::Tensor& ids, const at::Tensor& weight, const at::Tensor& out,
                       double scale) {
  if (on_cuda(weight)) {
    gather_rows_cuda(weight, ids, out);
  } else {
    look_up_rows(ids, weight, out);
  }
  if (scale != 1) out.mul_(scale);  // ATen's, because its ties round to even, as transformers' do
}

void embedding_add_forward(const at::Tensor& ids, const at::Tensor& weight, const at::Tensor& out) {
  if (on_cuda(weight)) return embedding_add_math(ids, weight, out);
  TORCH_INTERNAL_ASSERT(weight.is_contiguous() && out.is_contiguous());
  TORCH_INTERNAL_ASSERT(ids.size(0) == out.size(0) && weight.size(1) == out.size(1));
  const int32_t* const id = ids.const_data_ptr<int32_t>();
  for (int64_t t = 0; t < ids.size(0); ++t) {
    TORCH_INTERNAL_ASSERT(id[t] >= 0 && id[t] < weight.size(0));
  }
  with_storage(weight.scalar_type(), [&]<class T>(T) {
    const EmbeddingAdd<T> args{id, weight.size(1), pointer<const T>(weight), pointer<T>(out)};
    at::parallel_for(0, ids.size(0), 64,
                     [&](int64_t begin, int64_t end) { embedding_add_rows(args, begin, end); });
  });
}

void embedding_backward(const at::Tensor& grad, const at::Tensor& ids,
                        const at::Tensor& grad_weight, double scale) {
  if (on_cuda(grad)) {
    // Some tokens, those of a template, are in every row.
    return segment_sum_cuda(scale == 1 ? grad : grad * scale, sort_rows_cuda(ids), grad_weight,
                            WriteMode::add, RowsOfKey::many);
  }
  const int64_t width = grad.size(1);
  const int32_t* const id = ids.const_data_ptr<int32_t>();
  with_storage(grad.scalar_type(), [&]<class T>(T) {
    const T* const from = pointer<const T>(grad);
    Compute<T>* const to = pointer<Compute<T>>(grad_weight);
    const auto factor = static_cast<Compute<T>>(scale);
    at::parallel_for(0, width, 64, [&](int64_t begin, int64_t end) {
      for (int64_t t = 0; t < ids.size(0); ++t) {
        for (int64_t i = begin; i < end; ++i) {
          to[id[t] * width + i] += factor * load(from[t * width + i]);
        }
      }
    });
  });
}

}  // namespace laurel
