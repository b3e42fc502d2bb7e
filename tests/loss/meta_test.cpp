// No loss reads a tensor on the host: on meta tensors, which hold no numbers, such a read throws.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/library.h>

#include <tuple>

#include "loss/labels.h"
#include "loss/loss.h"

namespace laurel {
namespace {

using at::Tensor;

// LibTorch leaves the shape rules of these operations to Python; here they are, for our shapes.
Tensor same_shape(const Tensor& x) { return at::empty_like(x); }

TORCH_LIBRARY_IMPL(aten, Meta, library) {
  library.impl("relu", same_shape);
  library.impl("abs", same_shape);
  library.impl("index_select", [](const Tensor& x, int64_t, const Tensor& index) {
    auto sizes = x.sizes().vec();
    sizes[0] = index.size(0);
    return at::empty(sizes, x.options());
  });
  library.impl("where.self", [](const Tensor&, const Tensor& a, const Tensor& b) {
    return at::empty_like(a.dim() == 0 ? b : a);
  });
  library.impl("log_sigmoid_forward", [](const Tensor& x) {
    return std::make_tuple(at::empty_like(x), at::empty_like(x));
  });
  library.impl("log_sigmoid_backward", [](const Tensor& grad, const Tensor&, const Tensor&) {
    return at::empty_like(grad);
  });
  library.impl("huber_loss",
               [](const Tensor& x, const Tensor&, int64_t, double) { return at::empty_like(x); });
  library.impl("huber_loss_backward", [](const Tensor&, const Tensor& x, const Tensor&, int64_t,
                                         double) { return at::empty_like(x); });
}

TEST(MetaTensors, ThrowWhenTheHostReadsThem) {
  EXPECT_THROW(at::empty({}, at::TensorOptions(at::kMeta)).item<double>(), c10::Error);
}

TEST(EveryLoss, NeverReadsATensorOnTheHost) {
  const auto meta = [](const Tensor& t) { return t.to(at::kMeta); };
  const Tensor rewards = at::empty({5, 1}, at::TensorOptions(at::kMeta)).requires_grad_();
  for (const Loss& loss : all_losses()) {
    Labels labels = some_labels(loss);
    if (auto* pairs = std::get_if<PairwiseLabels>(&labels)) {
      for (Tensor* labels : {&pairs->better, &pairs->worse, &pairs->margin, &pairs->strength,
                             &pairs->target, &pairs->tie, &pairs->weight}) {
        *labels = meta(*labels);
      }
    } else {
      auto& ratings = std::get<PointwiseLabels>(labels);
      ratings = {meta(ratings.rows), meta(ratings.score), meta(ratings.weight)};
    }
    const Tensor value = objective(loss, labels, {rewards});
    EXPECT_NO_THROW(value.backward()) << loss_name(loss);
    EXPECT_EQ(value.dim(), 0);
  }
}

}  // namespace
}  // namespace laurel
