// AdamW and the gradient norm in chunks of fixed size, so that results do not depend on threads.
#include "ops/adamw.h"

#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "ops/cpu/adamw.h"

namespace laurel {

namespace {

constexpr int64_t kChunk = 1 << 16;

int64_t chunks(int64_t elements) { return (elements + kChunk - 1) / kChunk; }

double squared_norm(const at::Tensor& flat) {
  std::vector<double> sums(chunks(flat.numel()));
  AT_DISPATCH_FLOATING_TYPES(flat.scalar_type(), "gradient_norm", [&] {
    const scalar_t* const values = flat.const_data_ptr<scalar_t>();
    at::parallel_for(0, static_cast<int64_t>(sums.size()), 1, [&](int64_t first, int64_t last) {
      for (int64_t chunk = first; chunk < last; ++chunk) {
        const int64_t begin = chunk * kChunk;
        sums[chunk] = squared_sum(values + begin, std::min(kChunk, flat.numel() - begin));
      }
    });
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

template <class T>
AdamWFactors<T> factors_of(const AdamW& options, bool decay) {
  const auto n = static_cast<double>(options.update);
  return {
      .gradient_scale = static_cast<T>(options.gradient_scale),
      .beta1 = static_cast<T>(options.beta1),
      .beta2 = static_cast<T>(options.beta2),
      .eps = static_cast<T>(options.eps),
      .keep = static_cast<T>(decay ? 1 - options.lr * options.weight_decay : 1),
      .step = static_cast<T>(options.lr / (1 - std::pow(options.beta1, n))),
      .inverse_root2 = static_cast<T>(1 / std::sqrt(1 - std::pow(options.beta2, n))),
  };
}

}  // namespace

double gradient_norm(std::span<const at::Tensor> gradients) {
  double total = 0;
  for (const at::Tensor& gradient : gradients) total += squared_norm(gradient);
  return std::sqrt(total);
}

double clip_factor(double norm, double max_norm) {
  return max_norm > 0 ? std::min(1.0, max_norm / (norm + 1e-6)) : 1.0;
}

void adamw_step(const AdamWBuffers& buffers, std::span<const UpdateRange> ranges,
                const AdamW& options) {
  AT_DISPATCH_FLOATING_TYPES(buffers.weights.scalar_type(), "adamw_step", [&] {
    const AdamWSlice<scalar_t> all{
        .weight = buffers.weights.data_ptr<scalar_t>(),
        .gradient = buffers.gradient.data_ptr<scalar_t>(),
        .moment1 = buffers.moment1.data_ptr<scalar_t>(),
        .moment2 = buffers.moment2.data_ptr<scalar_t>(),
    };
    for (const UpdateRange& range : ranges) {
      const AdamWFactors<scalar_t> factors = factors_of<scalar_t>(options, range.decay);
      at::parallel_for(range.begin, range.end, kChunk, [&](int64_t begin, int64_t end) {
        adamw_elements(
            factors,
            {all.weight + begin, all.gradient + begin, all.moment1 + begin, all.moment2 + begin},
            end - begin);
      });
    }
  });
}

}  // namespace laurel
