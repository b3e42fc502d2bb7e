// The gated activations of the kernels against autograd in fp64.
#include "cuda/test_device.h"

namespace laurel::test::gated_test {
namespace {

TEST(CudaGated, ValueAndGradientFollowTheFormula) {
  for (const Gate gate : {Gate::silu, Gate::gelu_tanh}) {
    for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
      for (const int64_t width : {int64_t{1536}, int64_t{4864}, int64_t{13}}) {
        const at::Tensor gate_up = random({3, 2 * width}, type);
        const at::Tensor grad = random({3, width}, type);
        const at::Tensor exact = to_cpu(gate_up).to(at::kDouble).requires_grad_();
        const at::Tensor gates = exact.narrow(1, 0, width);
        const at::Tensor expected =
            (gate == Gate::silu ? at::silu(gates) : at::gelu(gates, "tanh")) *
            exact.narrow(1, width, width);
        (expected * to_cpu(grad).to(at::kDouble)).sum().backward();

        const at::Tensor out = at::empty({3, width}, gate_up.options());
        gated_forward_cuda(gate, gate_up, out);
        expect_on_device(out, expected, tolerance(type));
        const at::Tensor again = at::empty_like(out);
        gated_backward_cuda(gate, grad, gate_up, again, gate_up);  // in place
        EXPECT_TRUE(at::equal(to_cpu(again), to_cpu(out)));
        expect_on_device(gate_up, exact.grad(), tolerance(type));
      }
    }
  }
}

TEST(CudaGated, LargeGatesStayFinite) {
  const at::Tensor gate_up =
      to_test_device(at::tensor({-1e4f, 1e4f, -200.0f, 2.0f, 2.0f, 2.0f}).view({1, 6}));
  const at::Tensor out = at::empty({1, 3}, gate_up.options());
  for (const Gate gate : {Gate::silu, Gate::gelu_tanh}) {
    gated_forward_cuda(gate, gate_up, out);
    expect_on_device(out, doubles({0, 2e4, 0}, {1, 3}), 1e-7);
  }
}

}  // namespace
}  // namespace laurel::test::gated_test
