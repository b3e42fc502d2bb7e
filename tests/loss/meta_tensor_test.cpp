// No loss reads a tensor on the host: on meta tensors, which hold no numbers, such a read throws.
#include <ATen/ATen.h>
#include <ATen/ExpandUtils.h>
#include <gmock/gmock.h>
#include <torch/library.h>

#include <tuple>

#include "loss/labels.h"
#include "loss/loss.h"

namespace laurel::meta_tensor_test {
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
  library.impl("flip", [](const Tensor& x, at::IntArrayRef) { return at::empty_like(x); });
  library.impl("where.self", [](const Tensor& mask, const Tensor& a, const Tensor& b) {
    const auto size = at::infer_size(mask.sizes(), at::infer_size(a.sizes(), b.sizes()));
    return at::empty(size, at::TensorOptions(at::kMeta).dtype(at::result_type(a, b)));
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
  EXPECT_THAT([] { at::empty({}, at::TensorOptions(at::kMeta)).item<double>(); },
              testing::ThrowsMessage<c10::Error>(testing::HasSubstr("eta tensors")));
}

Tensor meta(const Tensor& t) { return t.to(at::kMeta); }

Labels meta(Labels labels) {
  if (auto* pairs = std::get_if<PairwiseLabels>(&labels)) {
    for (Tensor* t : {&pairs->better, &pairs->worse, &pairs->margin, &pairs->strength,
                      &pairs->target, &pairs->tie, &pairs->weight}) {
      *t = meta(*t);
    }
  } else if (auto* lists = std::get_if<RankedLabels>(&labels)) {
    for (Tensor* t : {&lists->positions, &lists->rank, &lists->score, &lists->weight})
      *t = meta(*t);
  } else {
    auto& ratings = std::get<PointwiseLabels>(labels);
    for (Tensor* t : {&ratings.positions, &ratings.score, &ratings.weight}) *t = meta(*t);
  }
  return labels;
}

TEST(EveryLoss, NeverReadsATensorOnTheHost) {
  for (const Loss& loss : all_losses()) {
    RewardColumns columns = columns_of(inputs_for(loss, std::vector<double>(5)));
    for (Tensor* t : {&columns.reward, &columns.log_variance, &columns.loss_parameters}) {
      if (t->defined()) *t = meta(t->detach()).requires_grad_();
    }
    EXPECT_NO_THROW({
      const Tensor value = objective(loss, meta(example_labels(loss)), columns);
      value.backward();
      EXPECT_EQ(value.dim(), 0);
      prediction(loss, columns);
      predicted_deviation(loss, columns);
    }) << traits(loss).name;
  }
}

}  // namespace
}  // namespace laurel::meta_tensor_test
