// Blocks of a weight are converted into a thread's own memory, and multiplied there.
#include "ops/converted_linear.h"

#include <ATen/ops/add.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>

#include <algorithm>

namespace laurel {

namespace {

constexpr int64_t kWeightRows = 512;  // of a block: it stays in the second or third cache

// fp32 memory (rows, columns) of this thread: fresh memory would fault page by page at every call.
class Scratch32 {
 public:
  at::Tensor get(int64_t rows, int64_t columns) {
    if (!memory_.defined() || memory_.numel() < rows * columns) {
      memory_ = at::empty({rows * columns}, at::kFloat);
    }
    return memory_.narrow(0, 0, rows * columns).view({rows, columns});
  }
  at::Tensor converted(const at::Tensor& values) {
    return get(values.size(0), values.size(1)).copy_(values);
  }

 private:
  at::Tensor memory_;
};

struct Memory {
  Scratch32 left, right, product;
};

Memory& memory() {
  thread_local Memory all;
  return all;
}

// work(begin, rows) for blocks of `total` rows.
void for_each_block(int64_t total, auto&& work) {
  for (int64_t begin = 0; begin < total; begin += kWeightRows) {
    work(begin, std::min(kWeightRows, total - begin));
  }
}

}  // namespace

void converted_forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                       const at::Tensor& base, const at::Tensor& out) {
  const at::Tensor left = memory().left.converted(x);
  for_each_block(weight.size(0), [&](int64_t begin, int64_t rows) {
    const at::Tensor right = memory().right.converted(weight.narrow(0, begin, rows));
    at::Tensor product = memory().product.get(x.size(0), rows);
    at::mm_out(product, left, right.t());
    if (bias.defined()) product.add_(bias.narrow(0, begin, rows));
    if (base.defined()) product.add_(base.narrow(1, begin, rows));
    out.narrow(1, begin, rows).copy_(product);
  });
}

void converted_backward_input(const at::Tensor& grad, const at::Tensor& weight,
                              const at::Tensor& grad_x) {
  const at::Tensor left = memory().left.converted(grad);
  at::Tensor product = memory().product.get(grad.size(0), weight.size(1)).zero_();
  for_each_block(weight.size(0), [&](int64_t begin, int64_t rows) {
    const at::Tensor right = memory().right.converted(weight.narrow(0, begin, rows));
    at::addmm_out(product, product, left.narrow(1, begin, rows), right);
  });
  grad_x.copy_(product);
}

void converted_accumulate(const at::Tensor& grad, const at::Tensor& x, const at::Tensor& sum) {
  const at::Tensor left = memory().left.converted(grad), right = memory().right.converted(x);
  at::Tensor into = sum;
  at::addmm_out(into, sum, left.t(), right);
}

}  // namespace laurel
