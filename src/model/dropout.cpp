// Hashes of places and tokens.
#include "model/dropout.h"

#include "core/random.h"

namespace laurel {

DropoutPass::DropoutPass(const DropoutOptions& options, int64_t step)
    : options_(options), key_(mix64(mix64(options.seed) ^ mix64(~static_cast<uint64_t>(step)))) {}

DropoutMask DropoutPass::mask(DropoutPlace place, int64_t layer,
                              std::span<const uint64_t> rows) const {
  constexpr uint64_t kPlaces = 16;
  const double rate = place == DropoutPlace::adapters ? options_.adapters : options_.model;
  if (rate == 0) return {};
  const uint64_t number = static_cast<uint64_t>(layer) * kPlaces + static_cast<uint64_t>(place);
  return {.rate = rate, .place = mix64(key_ ^ mix64(number)), .rows = rows};
}

std::vector<uint64_t> dropout_rows(const at::Tensor& ids, std::span<const Span> spans,
                                   std::span<const uint64_t> prompts, bool causal) {
  const int32_t* const id = ids.const_data_ptr<int32_t>();
  std::vector<uint64_t> rows(static_cast<size_t>(ids.size(0)));
  for (size_t i = 0; i < spans.size(); ++i) {
    const Span& span = spans[i];
    uint64_t hash = prompts.empty() ? 0 : mix64(prompts[i]);
    if (span.prefix >= 0) {
      const Span& prefix = spans[static_cast<size_t>(span.prefix)];
      hash = rows[static_cast<size_t>(prefix.begin + prefix.length - 1)];
    }
    for (int32_t t = span.begin; t < span.begin + span.length; ++t) {
      hash = mix64(hash ^ static_cast<uint32_t>(id[t]));
      rows[static_cast<size_t>(t)] = hash;
    }
    if (causal) continue;
    for (int32_t t = 0; t < span.length; ++t) {
      rows[static_cast<size_t>(span.begin + t)] = mix64(hash + static_cast<uint64_t>(t));
    }
  }
  return rows;
}

}  // namespace laurel
