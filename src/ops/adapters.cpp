// Products of adapters, a block of tokens at a time; bf16 operands are converted into a thread's own
// memory.
#include "ops/adapters.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>

#include <algorithm>

#include "ops/adapter_dropout.h"
#include "ops/cpu/convert.h"
#include "ops/cuda/device.h"
#include "ops/strided_rows.h"

namespace laurel {

namespace {

// Tokens of a block: on CPU what is read twice stays in the cache of a core, on CUDA the fp32 copies of
// bf16 operands stay small.
constexpr int64_t kTokensOnCpu = 256, kTokensOnCuda = 8192;

// Memory (rows, columns) of this thread: fresh memory would fault page by page at every call. On
// CUDA LibTorch's allocator keeps it.
class AdapterScratch {
 public:
  at::Tensor get(int64_t rows, int64_t columns, const at::TensorOptions& type) {
    if (!type.device().is_cpu()) return at::empty({rows, columns}, type);
    if (!memory_.defined() || memory_.dtype() != type.dtype() || memory_.numel() < rows * columns) {
      memory_ = at::empty({rows * columns}, type);
    }
    return memory_.narrow(0, 0, rows * columns).view({rows, columns});
  }

 private:
  at::Tensor memory_;
};

struct AdapterMemory {
  AdapterScratch x, grad, low_rank, product, grad_b;
};

AdapterMemory& adapter_memory() {
  thread_local AdapterMemory all;
  return all;
}

at::Tensor in_type_of(const Adapters& adapters, const at::Tensor& values, AdapterScratch& memory) {
  if (values.scalar_type() == adapters.a.scalar_type()) return values;
  return memory.get(values.size(0), values.size(1), adapters.a.options()).copy_(values);
}

// to += scale left right
void add_product(const at::Tensor& left, const at::Tensor& right, double scale,
                 const at::Tensor& to) {
  at::Tensor sum = to;
  if (to.scalar_type() == left.scalar_type()) {
    at::addmm_out(sum, to, left, right, 1, scale);
    return;
  }
  at::Tensor product = adapter_memory().product.get(to.size(0), to.size(1), left.options());
  at::addmm_out(product, product, left, right, 0, scale);
  if (on_cuda(to)) {
    sum.add_(product);
    return;
  }
  Bf16* const rows = pointer<Bf16>(to);
  const float* const from = product.const_data_ptr<float>();
  for (int64_t i = 0; i < to.size(0); ++i) {
    add_elements(from + i * to.size(1), rows + i * to.stride(0), to.size(1));
  }
}

// work(begin, tokens) for blocks of the tokens of x.
void for_each_token_block(const at::Tensor& x, auto&& work) {
  const int64_t all = x.size(0), most = on_cuda(x) ? kTokensOnCuda : kTokensOnCpu;
  for (int64_t begin = 0; begin < all; begin += most) work(begin, std::min(most, all - begin));
}

// visit(part's number, its first column of a (T, sum of r), its r), of all parts.
void for_each_part(const Adapters& adapters, auto&& visit) {
  int64_t column = 0;
  for (size_t i = 0; i < adapters.parts.size(); ++i) {
    const int64_t rank = adapters.parts[i].b.size(1);
    visit(i, column, rank);
    column += rank;
  }
}

at::Tensor rows_of_part(const at::Tensor& grad, const AdapterPart& part) {
  return grad.narrow(1, part.first_row, part.b.size(0));
}

// x A^T (T, sum of r)
at::Tensor low_rank_of(const at::Tensor& x, const Adapters& adapters) {
  at::Tensor out =
      adapter_memory().low_rank.get(x.size(0), adapters.a.size(0), adapters.a.options());
  at::mm_out(out, x, adapters.a.t());
  return out;
}

// grad B of every part, transposed: (r, rows) each, one behind the other in a thread's memory. So the
// long operand of its product is read along its rows; grad^T (x A^T) itself takes five times as long
// at 1536 rows.
class GradientsOfB {
 public:
  explicit GradientsOfB(const Adapters& adapters) : adapters_(adapters) {
    int64_t size = 0;
    for (const AdapterPart& part : adapters.parts) size += part.b.numel();
    all_ = adapter_memory().grad_b.get(1, size, adapters.a.options()).view({size}).zero_();
  }

  // += (x A^T)^T grad, of a block of tokens.
  void add(size_t part, const at::Tensor& low, const at::Tensor& grad) {
    at::Tensor sum = of(part);
    at::addmm_out(sum, sum, low.t(), grad);
  }

  void add_to(const Adapters& gradient) const {
    for (size_t i = 0; i < adapters_.parts.size(); ++i) {
      gradient.parts[i].b.add_(of(i).t(), adapters_.parts[i].scale);
    }
  }

 private:
  at::Tensor of(size_t part) const {
    int64_t begin = 0;
    for (size_t i = 0; i < part; ++i) begin += adapters_.parts[i].b.numel();
    const at::Tensor& b = adapters_.parts[part].b;
    return all_.narrow(0, begin, b.numel()).view({b.size(1), b.size(0)});
  }

  const Adapters& adapters_;
  at::Tensor all_;
};

}  // namespace

void adapters_forward(const at::Tensor& x, const Adapters& adapters, const at::Tensor& out) {
  if (adapters.dropout) return dropped_adapters_forward(x, adapters, out);
  for_each_token_block(x, [&](int64_t begin, int64_t tokens) {
    const at::Tensor block = out.narrow(0, begin, tokens);
    const at::Tensor low =
        low_rank_of(in_type_of(adapters, x.narrow(0, begin, tokens), adapter_memory().x), adapters);
    for_each_part(adapters, [&](size_t i, int64_t column, int64_t rank) {
      const AdapterPart& part = adapters.parts[i];
      add_product(low.narrow(1, column, rank), part.b.t(), part.scale, rows_of_part(block, part));
    });
  });
}

at::Tensor adapters_backward_output(const at::Tensor& grad, const Adapters& adapters) {
  at::Tensor grad_low = at::empty({grad.size(0), adapters.a.size(0)}, adapters.a.options());
  for_each_token_block(grad, [&](int64_t begin, int64_t tokens) {
    for_each_part(adapters, [&](size_t i, int64_t column, int64_t rank) {
      const AdapterPart& part = adapters.parts[i];
      const at::Tensor rows = rows_of_part(grad.narrow(0, begin, tokens), part);
      at::Tensor to = grad_low.narrow(0, begin, tokens).narrow(1, column, rank);
      at::addmm_out(to, to, in_type_of(adapters, rows, adapter_memory().grad), part.b, 0,
                    part.scale);
    });
  });
  return grad_low;
}

void adapters_backward_input(const at::Tensor& grad_low, const Adapters& adapters,
                             const at::Tensor& grad_x) {
  if (adapters.dropout) return dropped_adapters_backward_input(grad_low, adapters, grad_x);
  for_each_token_block(grad_x, [&](int64_t begin, int64_t tokens) {
    add_product(grad_low.narrow(0, begin, tokens), adapters.a, 1, grad_x.narrow(0, begin, tokens));
  });
}

void adapters_backward_weight(const at::Tensor& grad, const at::Tensor& grad_low,
                              const at::Tensor& x, const Adapters& adapters,
                              const Adapters& gradient) {
  if (adapters.dropout) {
    return dropped_adapters_backward_weight(grad, grad_low, x, adapters, gradient);
  }
  GradientsOfB grad_b(adapters);
  for_each_token_block(x, [&](int64_t begin, int64_t tokens) {
    const at::Tensor block = grad.narrow(0, begin, tokens);
    const at::Tensor input = in_type_of(adapters, x.narrow(0, begin, tokens), adapter_memory().x);
    const at::Tensor low = low_rank_of(input, adapters);
    for_each_part(adapters, [&](size_t i, int64_t column, int64_t rank) {
      const at::Tensor rows = rows_of_part(block, adapters.parts[i]);
      grad_b.add(i, low.narrow(1, column, rank), in_type_of(adapters, rows, adapter_memory().grad));
    });
    add_product(grad_low.narrow(0, begin, tokens).t(), input, 1, gradient.a);
  });
  grad_b.add_to(gradient);
}

}  // namespace laurel
