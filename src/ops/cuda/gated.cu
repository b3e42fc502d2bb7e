// The gated activations: one thread per vector of a token's row, everything in registers, so that
// the gradient may overwrite what it is computed from.
#include "ops/cuda/device.cuh"
#include "ops/cuda/gated.h"

namespace laurel {

namespace {

constexpr int64_t kThreads = 128;  // few, because rows are rarely a multiple of many

template <class T>
struct GatedPointers {
  int64_t width;
  int blocks_per_row;
  const T* gate_up;
  T* activated;
  const T* grad;
  T* grad_gate_up;
};

// act(x) = x sigmoid(z): z = x, or twice the argument of the gelu's tanh. `slope` is dz/dx.
struct GateArgument {
  float value, slope;
};

template <bool kGelu>
__device__ GateArgument gate_argument(float x) {
  if (!kGelu) return {x, 1.0f};
  constexpr float kLinear = 1.5957691216057308f, kCubic = 0.07135481627260025f;
  return {x * (kLinear + kCubic * x * x), kLinear + 3.0f * kCubic * x * x};
}

template <bool kGelu, int kWidth, class T>
__global__ void gated_kernel(GatedPointers<T> p) {
  const int64_t row = blockIdx.x / p.blocks_per_row;
  const int64_t column =
      (static_cast<int64_t>(blockIdx.x % p.blocks_per_row) * blockDim.x + threadIdx.x) * kWidth;
  if (column >= p.width) return;
  const int64_t place = row * p.width + column;
  const int64_t gate_place = 2 * row * p.width + column;
  const Vector<T, kWidth> gates = load<kWidth>(p.gate_up + gate_place);
  const Vector<T, kWidth> ups = load<kWidth>(p.gate_up + gate_place + p.width);
  Vector<T, kWidth> activated, grads, grad_gates, grad_ups;
  if (p.grad != nullptr) grads = load<kWidth>(p.grad + place);
  for (int i = 0; i < kWidth; ++i) {
    const float gate = to_float(gates.at[i]);
    const float up = to_float(ups.at[i]);
    const GateArgument argument = gate_argument<kGelu>(gate);
    const float sigmoid = 1.0f / (1.0f + expf(-argument.value));
    const float act = gate * sigmoid;
    activated.at[i] = from_float<T>(act * up);
    if (p.grad == nullptr) continue;
    const float grad = to_float(grads.at[i]);
    grad_ups.at[i] = from_float<T>(grad * act);
    grad_gates.at[i] =
        from_float<T>(grad * up * (sigmoid + act * (1.0f - sigmoid) * argument.slope));
  }
  store(p.activated + place, activated);
  if (p.grad == nullptr) return;
  store(p.grad_gate_up + gate_place, grad_gates);
  store(p.grad_gate_up + gate_place + p.width, grad_ups);
}

template <bool kGelu>
void launch_gated(const CudaGated& args, CudaStream stream) {
  const bool vectors = vectors_fit(args.gate_up, {args.width}) && vectors_fit(args.activated, {}) &&
                       vectors_fit(args.grad, {}) && vectors_fit(args.grad_gate_up, {});
  const int64_t blocks_per_row = ceil_divide(args.width, kThreads * (vectors ? kVector : 1));
  with_type(args.type, [&](auto element) {
    using T = decltype(element);
    const GatedPointers<T> pointers{
        args.width,
        static_cast<int>(blocks_per_row),
        static_cast<const T*>(args.gate_up),
        static_cast<T*>(args.activated),
        static_cast<const T*>(args.grad),
        static_cast<T*>(args.grad_gate_up),
    };
    launch(vectors ? gated_kernel<kGelu, kVector, T> : gated_kernel<kGelu, 1, T>,
           args.tokens * blocks_per_row, dim3(static_cast<unsigned>(kThreads)), stream, pointers);
  });
}

}  // namespace

void cuda_gated(const CudaGated& args, CudaStream stream) {
  return args.gelu ? launch_gated<true>(args, stream) : launch_gated<false>(args, stream);
}

}  // namespace laurel
