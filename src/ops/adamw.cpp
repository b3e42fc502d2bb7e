// AdamW, averages and the gradient norm in chunks of bounded size, so that results do not depend on
// threads.
#include "ops/adamw.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <vector>

#include "ops/cpu/adamw.h"
#include "ops/strided_rows.h"

namespace laurel {

namespace {

constexpr int64_t kChunk = 1 << 16;

// The ranges cut into chunks; `before` elements of the ranges lie in front of a chunk.
struct Chunk {
  int64_t begin, end, before;
  bool decay;
};

std::vector<Chunk> chunks_of(std::span<const UpdateRange> ranges) {
  std::vector<Chunk> chunks;
  int64_t before = 0;
  for (const UpdateRange& range : ranges) {
    for (int64_t begin = range.begin; begin < range.end; begin += kChunk) {
      const int64_t end = std::min(begin + kChunk, range.end);
      chunks.push_back({begin, end, before, range.decay});
      before += end - begin;
    }
  }
  return chunks;
}

// Calls work(i, chunks[i]) for all chunks; threads get equal numbers of elements.
template <class Work>
void for_chunks(const std::vector<Chunk>& chunks, const Work& work) {
  if (chunks.empty()) return;
  const int64_t elements = chunks.back().before + chunks.back().end - chunks.back().begin;
  at::parallel_for(0, elements, kChunk, [&](int64_t first, int64_t last) {
    auto chunk = std::ranges::lower_bound(chunks, first, {}, &Chunk::before);
    for (; chunk != chunks.end() && chunk->before < last; ++chunk) {
      work(chunk - chunks.begin(), *chunk);
    }
  });
}

double squared_norm(const NormPart& part) {
  const std::vector<Chunk> chunks = chunks_of(part.ranges);
  std::vector<double> sums(chunks.size());
  with_storage(part.gradient.scalar_type(), [&]<class T>(T) {
    const auto* const values = pointer<const Compute<T>>(part.gradient);
    for_chunks(chunks, [&](int64_t i, const Chunk& chunk) {
      sums[i] = squared_sum(values + chunk.begin, chunk.end - chunk.begin);
    });
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

uint32_t random_key(const AdamW& options) {
  // The finaliser of SplitMix64 over seed and update.
  uint64_t x = options.seed + static_cast<uint64_t>(options.update) * 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return static_cast<uint32_t>(x >> 32);
}

template <class T>
AdamWFactors<T> factors_of(const AdamW& options, bool decay) {
  const auto n = static_cast<double>(options.update);
  return {
      .gradient_scale = static_cast<T>(options.gradient_scale),
      .beta1 = static_cast<T>(options.beta1),
      .beta2 = static_cast<T>(options.beta2),
      .eps = static_cast<T>(options.eps),
      .decay_factor = static_cast<T>(decay ? 1 - options.lr * options.weight_decay : 1),
      .step = static_cast<T>(options.lr / (1 - std::pow(options.beta1, n))),
      .inverse_root2 = static_cast<T>(1 / std::sqrt(1 - std::pow(options.beta2, n))),
      .key = random_key(options),
  };
}

template <class W, class M>
void update(const AdamWBuffers& buffers, std::span<const UpdateRange> ranges,
            const AdamW& options) {
  using C = Compute<W>;
  constexpr bool kSplit = std::is_same_v<W, Bf16>;
  TORCH_INTERNAL_ASSERT(buffers.low.defined() == kSplit);
  const AdamWPointers<W, M> pointers{
      .weight = pointer<W>(buffers.weights),
      .low = kSplit ? buffers.low.data_ptr<int16_t>() : nullptr,
      .gradient = pointer<C>(buffers.gradient),
      .moment1 = pointer<M>(buffers.moment1),
      .moment2 = pointer<M>(buffers.moment2),
      .stochastic = options.rounding == Rounding::stochastic,
  };
  const AdamWFactors<C> factors[] = {factors_of<C>(options, false), factors_of<C>(options, true)};
  for_chunks(chunks_of(ranges), [&](int64_t, const Chunk& chunk) {
    adamw_elements(factors[chunk.decay], pointers, chunk.begin, chunk.end);
  });
}

}  // namespace

double gradient_norm(std::span<const NormPart> parts) {
  double total = 0;
  for (const NormPart& part : parts) total += squared_norm(part);
  return std::sqrt(total);
}

double gradient_norm(std::span<const at::Tensor> gradients) {
  double total = 0;
  for (const at::Tensor& gradient : gradients) {
    const UpdateRange all{0, gradient.numel(), false};
    total += squared_norm({gradient, {&all, 1}});
  }
  return std::sqrt(total);
}

double clip_factor(double norm, double max_norm) {
  return max_norm > 0 ? std::min(1.0, max_norm / (norm + 1e-6)) : 1.0;
}

void adamw_step(const AdamWBuffers& buffers, std::span<const UpdateRange> ranges,
                const AdamW& options) {
  const bool bf16_moments = buffers.moment1.scalar_type() == at::kBFloat16;
  with_storage(buffers.weights.scalar_type(), [&]<class W>(W) {
    if constexpr (std::is_same_v<W, double>) {
      update<W, double>(buffers, ranges, options);
    } else if (bf16_moments) {
      update<W, Bf16>(buffers, ranges, options);
    } else {
      update<W, float>(buffers, ranges, options);
    }
  });
}

double average_rate(double decay, int64_t update) {
  const auto n = static_cast<double>(update);
  return update <= 1 ? 1 : 1 - std::min(decay, n / (n + 9));
}

void average_step(const AverageBuffers& buffers, std::span<const UpdateRange> ranges, double rate,
                  Rounding rounding) {
  with_storage(buffers.weights.scalar_type(), [&]<class W>(W) {
    constexpr bool kSplit = std::is_same_v<W, Bf16>;
    TORCH_INTERNAL_ASSERT(buffers.low.defined() == kSplit);
    const AveragePointers<W> pointers{
        .weight = pointer<const W>(buffers.weights),
        .low = kSplit ? buffers.low.const_data_ptr<int16_t>() : nullptr,
        .average = pointer<Compute<W>>(buffers.average),
        .stochastic = rounding == Rounding::stochastic,
    };
    for_chunks(chunks_of(ranges), [&](int64_t, const Chunk& chunk) {
      average_elements(static_cast<Compute<W>>(rate), pointers, chunk.begin, chunk.end);
    });
  });
}

void split_master(const at::Tensor& master, const at::Tensor& high, const at::Tensor& low,
                  Rounding rounding) {
  const auto* const from = pointer<const float>(master);
  auto* const high_halves = pointer<Bf16>(high);
  auto* const low_halves = low.data_ptr<int16_t>();
  at::parallel_for(0, master.numel(), kChunk, [&](int64_t begin, int64_t end) {
    split_elements(from + begin, rounding == Rounding::stochastic, high_halves + begin,
                   low_halves + begin, end - begin);
  });
}

void join_master(const at::Tensor& high, const at::Tensor& low, const at::Tensor& master,
                 Rounding rounding) {
  const auto* const high_halves = pointer<const Bf16>(high);
  const auto* const low_halves = low.const_data_ptr<int16_t>();
  auto* const to = pointer<float>(master);
  at::parallel_for(0, master.numel(), kChunk, [&](int64_t begin, int64_t end) {
    join_elements(high_halves + begin, low_halves + begin, rounding == Rounding::stochastic,
                  to + begin, end - begin);
  });
}

}  // namespace laurel
