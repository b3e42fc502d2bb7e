// Tile products against ATen, and operations called by several workers at once.
#include "ops/cpu/gemm.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include "ops/attention.h"
#include "ops/linear.h"
#include "ops/workers.h"
#include "support/near.h"

namespace laurel::gemm_test {
namespace {

template <class T>
void expect_gemm(int64_t rows, int64_t columns, int64_t inner, bool transposed, bool add) {
  const auto type = c10::CppTypeToScalarType<T>::value;
  // Room behind the last rows and columns, which may be read and written.
  const int64_t more = kGemmRows + kGemmColumns<T>;
  const at::Tensor a = at::randn({rows + more, inner + more}, type);
  const at::Tensor b = at::randn({inner, columns + more}, type);
  const at::Tensor c = at::randn({rows + more, columns + more}, type);
  const at::Tensor left = transposed ? a.t().contiguous() : a;
  const at::Tensor from_a = a.narrow(0, 0, rows).narrow(1, 0, inner).to(at::kDouble);
  const at::Tensor from_b = b.narrow(1, 0, columns).to(at::kDouble);
  const at::Tensor start = (add ? 1 : 0) * c.narrow(0, 0, rows).narrow(1, 0, columns);
  const at::Tensor expected = from_a.mm(from_b) + start;
  // The root of the sum of the squares of all that is added up: a sum that happens to be near zero
  // is rounded as its terms are.
  const at::Tensor squares = from_a.square().mm(from_b.square()) + start.square();
  const double scale = squares.sum().sqrt().item<double>();
  gemm<T>({.a = left.const_data_ptr<T>(),
           .a_row = transposed ? 1 : left.stride(0),
           .a_inner = transposed ? left.stride(0) : 1,
           .b = b.const_data_ptr<T>(),
           .b_row = b.stride(0),
           .c = c.data_ptr<T>(),
           .c_row = c.stride(0),
           .rows = rows,
           .columns = columns,
           .inner = inner,
           .add = add});
  const at::Tensor found = c.narrow(0, 0, rows).narrow(1, 0, columns).to(at::kDouble);
  const double distance = (found - expected).norm().item<double>();
  EXPECT_LE(distance, (type == at::kDouble ? 1e-14 : 1e-6) * scale);
}

TEST(Gemm, AgreeWithATenAtEdgeSizes) {
  at::manual_seed(31);
  for (const int64_t rows : {1, 6, 13}) {
    for (const int64_t columns : {1, 16, 64, 83}) {
      for (const int64_t inner : {1, 7, 300}) {
        for (const bool transposed : {false, true}) {
          SCOPED_TRACE(at::IntArrayRef({rows, columns, inner, transposed}));
          expect_gemm<float>(rows, columns, inner, transposed, transposed);
          expect_gemm<double>(rows, columns, inner, transposed, !transposed);
        }
      }
    }
  }
}

TEST(Gemm, OfPairsSumBf16InFp32AtAnyAddress) {
  if (!has_bf16_pair_gemm()) GTEST_SKIP() << "this CPU has no AVX512-BF16";
  at::manual_seed(32);
  const int64_t rows = 13, columns = 83, inner = 151, more = 32;
  const auto exact = [](const at::Tensor& x) { return x.to(at::kDouble); };
  // The last dimension of a and b: the two of a pair.
  const at::Tensor a = at::randn({rows + more, inner, 2}).to(at::kBFloat16);
  const at::Tensor b = at::randn({inner, columns + more, 2}).to(at::kBFloat16);
  const at::Tensor c = at::zeros({rows + more, columns + more});
  gemm<Bf16Pair>({.a = static_cast<const Bf16Pair*>(a.const_data_ptr()),
                  .a_row = inner,
                  .a_inner = 1,
                  .b = static_cast<const Bf16Pair*>(b.const_data_ptr()) + 1,
                  .b_row = columns + more,
                  .c = c.data_ptr<float>() + 1,
                  .c_row = columns + more,
                  .rows = rows,
                  .columns = columns,
                  .inner = inner,
                  .add = true});
  const at::Tensor left = exact(a).narrow(0, 0, rows).flatten(1);
  const at::Tensor right = exact(b).narrow(1, 1, columns).transpose(1, 2).flatten(0, 1);
  expect_near(c.narrow(0, 0, rows).narrow(1, 1, columns), left.mm(right), 1e-6);
}

// Operations of a worker, on inputs of its own.
at::Tensor work(int64_t seed, at::ScalarType type) {
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  const int32_t length = 40 + 30 * static_cast<int32_t>(seed);
  const at::Tensor qkv = at::randn({length, 3, 16}, generator).to(type);
  const at::Tensor out = at::empty({length, 1, 16}, type);
  const at::Tensor grads = at::empty_like(qkv);
  const at::Tensor logsumexp = at::empty({length, 1});
  const at::Tensor sum = at::zeros({16, 16});
  const std::vector<Span> spans{{0, length, -1}};
  const auto heads = [](const at::Tensor& x) {
    return Qkv{x.narrow(1, 0, 1), x.narrow(1, 1, 1), x.narrow(1, 2, 1)};
  };
  attention_forward(heads(qkv), {spans, 0}, {out, logsumexp});
  attention_backward(out, heads(qkv), {spans, 0}, {{}, logsumexp}, heads(grads));
  linear_backward_weight(grads.select(1, 0), out.flatten(1), {}, {sum, {}});
  return at::cat({out.flatten().to(at::kFloat), grads.flatten().to(at::kFloat), sum.flatten()});
}

TEST(Workers, RunOperationsConcurrentlyWithTheSameResults) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    std::vector<at::Tensor> alone(4), beside(4);
    for (int64_t i = 0; i < 4; ++i) alone[i] = work(i, type);
    run_workers(4, [&](int64_t i) { beside[i] = work(i, type); });
    for (int64_t i = 0; i < 4; ++i) EXPECT_TRUE(at::equal(alone[i], beside[i])) << i;
  }
}

}  // namespace
}  // namespace laurel::gemm_test
