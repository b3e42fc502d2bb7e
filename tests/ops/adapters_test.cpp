// Adapters of linear maps: values by hand, gradients against autograd, bf16 within a rounding.
#include "ops/adapters.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "ops/linear.h"
#include "support/near.h"

namespace laurel::adapters_test {
namespace {

TEST(Adapters, AddTheScaledLowRankProductToTheirRowsAlone) {
  const at::Tensor x = doubles({1, 2, 3, 4}, {2, 2});
  const Linear linear{doubles({1, 0, 0, 1, 1, 1}, {3, 2}),
                      {},
                      {.a = doubles({1, 1}, {1, 2}),
                       .parts = {{.first_row = 1, .scale = 0.5, .b = doubles({2, 4}, {2, 1})}}}};
  const at::Tensor out = at::empty({2, 3}, at::kDouble);
  linear_forward(x, linear, out);  // x A^T = 3, 7
  expect_near(out, doubles({1, 2 + 3, 3 + 6, 3, 4 + 7, 7 + 14}, {2, 3}), 0);
  const at::Tensor grad = doubles({1, 1, 0, 0, 0, 1}, {2, 3}), grad_x = at::empty_like(x);
  linear_backward_input(grad, linear, grad_x);  // scale grad B = 1, 2
  expect_near(grad_x, doubles({1 + 1, 1 + 1, 1 + 2, 1 + 2}, {2, 2}), 0);
  const Linear sums{
      {},
      {},
      {.a = at::ones({1, 2}, at::kDouble),
       .parts = {{.first_row = 1, .scale = 0.5, .b = at::ones({2, 1}, at::kDouble)}}}};
  linear_backward_weight(grad, x, linear, sums);  // no gradient of the weight is asked for
  expect_near(sums.adapters.a, doubles({1 + 1 + 6, 1 + 2 + 8}, {1, 2}), 0);
  expect_near(sums.adapters.parts[0].b, doubles({1 + 1.5, 1 + 3.5}, {2, 1}), 0);
}

// Three parts, the last of another rank, with rows without an adapter between the first two.
struct Fused {
  explicit Fused(at::ScalarType type, at::ScalarType adapter_type)
      : weight(at::randn({50, 24}).to(type)), bias(at::randn({50}).to(type)) {
    adapters.a = at::randn({4 + 4 + 2, 24}).to(adapter_type);
    for (const auto& [first, rows, rank] : {std::tuple{0, 16, 4}, {24, 8, 4}, {32, 18, 2}}) {
      adapters.parts.push_back(
          {.first_row = first, .scale = 0.75, .b = at::randn({rows, rank}).to(adapter_type)});
    }
  }
  Linear linear() const { return {weight, bias, adapters}; }

  at::Tensor weight, bias;
  Adapters adapters;
};

Adapters zeros_of(const Adapters& adapters) {
  Adapters zeros{.a = at::zeros_like(adapters.a), .parts = adapters.parts};
  for (AdapterPart& part : zeros.parts) part.b = at::zeros_like(part.b);
  return zeros;
}

// W + scale B A in fp64, of leaves of a graph.
at::Tensor merged(const at::Tensor& weight, const Adapters& adapters) {
  at::Tensor sum = weight.clone();
  int64_t row = 0;
  for (const AdapterPart& part : adapters.parts) {
    const int64_t rank = part.b.size(1), rows = part.b.size(0);
    const at::Tensor change = part.scale * part.b.mm(adapters.a.narrow(0, row, rank));
    sum = sum + at::constant_pad_nd(change, {0, 0, part.first_row, 50 - part.first_row - rows});
    row += rank;
  }
  return sum;
}

Adapters leaves_of(const Adapters& adapters) {
  const auto leaf = [](const at::Tensor& t) { return t.to(at::kDouble).clone().requires_grad_(); };
  Adapters leaves{.a = leaf(adapters.a), .parts = adapters.parts};
  for (AdapterPart& part : leaves.parts) part.b = leaf(part.b);
  return leaves;
}

struct Outcome {
  at::Tensor out, grad_x;
  Adapters gradient;
};

Outcome outcome_of(const Fused& fused, const at::Tensor& x, const at::Tensor& grad) {
  Outcome outcome{at::empty({x.size(0), 50}, x.options()), at::empty_like(x),
                  zeros_of(fused.adapters)};
  linear_forward(x, fused.linear(), outcome.out);
  linear_backward_input(grad, fused.linear(), outcome.grad_x);
  linear_backward_weight(grad, x, fused.linear(), {{}, {}, outcome.gradient});
  return outcome;
}

// Against autograd in fp64: `rounding` is what outputs may differ by, of their largest value.
void expect_as_autograd(at::ScalarType type, at::ScalarType adapter_type, double rounding,
                        double arithmetic) {
  at::manual_seed(3);
  const Fused fused(type, adapter_type);
  const at::Tensor x = at::randn({600, 24}).to(type), grad = at::randn({600, 50}).to(type);
  const Outcome found = outcome_of(fused, x, grad);
  const Adapters leaves = leaves_of(fused.adapters);
  const at::Tensor input = x.to(at::kDouble).clone().requires_grad_();
  const at::Tensor out =
      input.mm(merged(fused.weight.to(at::kDouble), leaves).t()) + fused.bias.to(at::kDouble);
  (out * grad.to(at::kDouble)).sum().backward();
  expect_rewards_near(found.out, out, rounding);
  expect_rewards_near(found.grad_x, input.grad(), rounding);
  expect_near(found.gradient.a, leaves.a.grad(), arithmetic);
  for (size_t i = 0; i < leaves.parts.size(); ++i) {
    expect_near(found.gradient.parts[i].b, leaves.parts[i].b.grad(), arithmetic);
  }
}

TEST(Adapters, GiveTheGradientsOfAutograd) {
  expect_as_autograd(at::kDouble, at::kDouble, 1e-12, 1e-12);
  expect_as_autograd(at::kFloat, at::kFloat, 1e-5, 1e-5);
}

TEST(Adapters, OfBf16WeightsComputeInFp32AndRoundOutputsOnly) {
  expect_as_autograd(at::kBFloat16, at::kFloat, 1.0 / 128, 1e-5);
}

TEST(Adapters, LeaveRowsWithoutOneAsTheyAreBitForBit) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    at::manual_seed(4);
    const Fused fused(type, at::kFloat);
    const at::Tensor x = at::randn({300, 24}).to(type);
    const at::Tensor with = at::empty({300, 50}, type), without = at::empty({300, 50}, type);
    linear_forward(x, fused.linear(), with);
    linear_forward(x, {fused.weight, fused.bias}, without);
    EXPECT_TRUE(at::equal(with.narrow(1, 16, 8), without.narrow(1, 16, 8)));
    EXPECT_FALSE(at::equal(with.narrow(1, 0, 16), without.narrow(1, 0, 16)));
    linear_add_forward(x, {fused.weight, {}, fused.adapters}, without, with);
    EXPECT_FALSE(at::equal(with.narrow(1, 24, 8), without.narrow(1, 24, 8)));
  }
}

TEST(Adapters, OfNoTokensAddNothing) {
  const Fused fused(at::kFloat, at::kFloat);
  const Outcome none = outcome_of(fused, at::empty({0, 24}), at::empty({0, 50}));
  EXPECT_EQ(none.gradient.a.abs().max().item<float>(), 0);
}

}  // namespace
}  // namespace laurel::adapters_test
