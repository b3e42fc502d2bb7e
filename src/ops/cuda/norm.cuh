// How threads are laid over rows in both passes of RMS norm.
#pragma once

#include "ops/cuda/device.cuh"

namespace laurel {

// Lane i of the kLanes threads of a row (0: the whole block) holds kPerLane vectors of kWidth
// elements: those at (v * lanes + i) * kWidth. A row is read once and stays in registers.
template <int kWidthOf, int kLanesOf, int kPerLaneOf>
struct NormLanes {
  static constexpr int kWidth = kWidthOf, kLanes = kLanesOf, kPerLane = kPerLaneOf;

  __device__ static int lanes() { return kLanes > 0 ? kLanes : static_cast<int>(blockDim.x); }
  __device__ static int lane() { return static_cast<int>(threadIdx.x) % lanes(); }
  __device__ static int team() {
    return static_cast<int>(threadIdx.x) / lanes();
  }  // row of the block
  __device__ static int teams() { return static_cast<int>(blockDim.x) / lanes(); }
  __device__ static int column(int v) { return (v * lanes() + lane()) * kWidth; }
  __device__ static float sum(float value) {
    if constexpr (kLanes > 0) {
      return lane_sum<kLanes>(value);
    } else {
      return block_sum(value);
    }
  }
};

struct NormShape {
  bool vectors;
  int64_t lanes;    // threads of a row
  int64_t threads;  // of a block
};

// A thread that keeps more registers than this many threads leave it could not start.
constexpr int kMaxNormThreads = 512;

// Heads (up to 256 wide) get a part of a warp, so that a warp works on several; hidden states (up
// to 8192 wide) a block with one or two vectors a thread.
inline NormShape norm_shape(int64_t width, bool vectors) {
  const int64_t pieces = vectors ? width / kVector : width;
  const int64_t per_lane = !vectors ? 4 : pieces > kMaxNormThreads ? 2 : 1;
  if (pieces > per_lane * kMaxNormThreads) {
    throw std::runtime_error("rms_norm on CUDA: rows are too wide or unaligned");
  }
  if (vectors && pieces <= 32) return {true, pieces <= 8 ? 8 : pieces <= 16 ? 16 : 32, 256};
  const int64_t threads = round_up(ceil_divide(pieces, per_lane), 32);
  return {vectors, threads, threads};
}

// Calls body with the NormLanes of a shape.
template <class Body>
void with_lanes(const NormShape& shape, int64_t width, const Body& body) {
  if (!shape.vectors) return body(NormLanes<1, 0, 4>{});
  if (shape.lanes == 8) return body(NormLanes<kVector, 8, 1>{});
  if (shape.lanes == 16) return body(NormLanes<kVector, 16, 1>{});
  if (shape.lanes == 32) return body(NormLanes<kVector, 32, 1>{});
  if (width <= kVector * kMaxNormThreads) return body(NormLanes<kVector, 0, 1>{});
  return body(NormLanes<kVector, 0, 2>{});
}

}  // namespace laurel
