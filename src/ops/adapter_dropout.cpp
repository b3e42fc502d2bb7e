// One adapter after the other, a block of tokens at a time, in the adapters' type.
#include "ops/adapter_dropout.h"

#include <ATen/ops/empty.h>

#include <algorithm>

#include "core/random.h"
#include "ops/dropout.h"

namespace laurel {

namespace {

constexpr int64_t kTokensOfBlock = 512;

// Memory (rows, columns) of this thread, kept from call to call.
at::Tensor block_memory(int64_t rows, int64_t columns, const at::TensorOptions& type) {
  thread_local at::Tensor memory;
  if (!memory.defined() || memory.dtype() != type.dtype() || memory.numel() < rows * columns) {
    memory = at::empty({rows * columns}, type);
  }
  return memory.narrow(0, 0, rows * columns).view({rows, columns});
}

// Adapter i by itself, which drops nothing; `row`: its first of A.
Adapters adapter_alone(const Adapters& adapters, size_t i, int64_t row) {
  const AdapterPart& part = adapters.parts[i];
  return {.a = adapters.a.narrow(0, row, part.b.size(1)), .parts = {part}};
}

// Of grad_low, which has a column for each row of all A.
at::Tensor columns_of(const at::Tensor& grad_low, const Adapters& alone, int64_t row) {
  return grad_low.narrow(1, row, alone.a.size(0));
}

// work(i, first row of A, begin, tokens, mask of these tokens) of all adapters and blocks of
// tokens.
void for_each_block(int64_t tokens, const Adapters& adapters, const auto& work) {
  int64_t row = 0;
  for (size_t i = 0; i < adapters.parts.size(); ++i) {
    const AdapterPart& part = adapters.parts[i];
    DropoutMask mask = adapters.dropout;
    mask.place = mix64(mask.place ^ static_cast<uint64_t>(part.first_row));
    for (int64_t begin = 0; begin < tokens; begin += kTokensOfBlock) {
      const int64_t count = std::min(kTokensOfBlock, tokens - begin);
      mask.rows =
          adapters.dropout.rows.subspan(static_cast<size_t>(begin), static_cast<size_t>(count));
      work(i, row, begin, mask);
    }
    row += part.b.size(1);
  }
}

at::Tensor dropped_block(const at::Tensor& x, int64_t begin, const Adapters& adapters,
                         const DropoutMask& mask) {
  const auto count = static_cast<int64_t>(mask.rows.size());
  const at::Tensor block = block_memory(count, x.size(1), adapters.a.options());
  block.copy_(x.narrow(0, begin, count));
  drop(block, mask);
  return block;
}

}  // namespace

void dropped_adapters_forward(const at::Tensor& x, const Adapters& adapters,
                              const at::Tensor& out) {
  for_each_block(x.size(0), adapters,
                 [&](size_t i, int64_t row, int64_t begin, const DropoutMask& mask) {
                   const at::Tensor block = dropped_block(x, begin, adapters, mask);
                   adapters_forward(block, adapter_alone(adapters, i, row),
                                    out.narrow(0, begin, block.size(0)));
                 });
}

void dropped_adapters_backward_input(const at::Tensor& grad_low, const Adapters& adapters,
                                     const at::Tensor& grad_x) {
  for_each_block(
      grad_x.size(0), adapters, [&](size_t i, int64_t row, int64_t begin, const DropoutMask& mask) {
        const auto count = static_cast<int64_t>(mask.rows.size());
        const Adapters alone = adapter_alone(adapters, i, row);
        const at::Tensor own = block_memory(count, grad_x.size(1), adapters.a.options()).zero_();
        adapters_backward_input(columns_of(grad_low.narrow(0, begin, count), alone, row), alone,
                                own);
        drop(own, mask);
        grad_x.narrow(0, begin, count).add_(own);
      });
}

void dropped_adapters_backward_weight(const at::Tensor& grad, const at::Tensor& grad_low,
                                      const at::Tensor& x, const Adapters& adapters,
                                      const Adapters& gradient) {
  for_each_block(x.size(0), adapters,
                 [&](size_t i, int64_t row, int64_t begin, const DropoutMask& mask) {
                   const at::Tensor block = dropped_block(x, begin, adapters, mask);
                   const auto rows_of_block = [&](const at::Tensor& of) {
                     return of.narrow(0, begin, block.size(0));
                   };
                   const Adapters alone = adapter_alone(adapters, i, row);
                   adapters_backward_weight(rows_of_block(grad),
                                            columns_of(rows_of_block(grad_low), alone, row), block,
                                            alone, adapter_alone(gradient, i, row));
                 });
}

}  // namespace laurel
