// Token savings, counted on the steps that training would take.
#include "curation/token_savings.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "application/run_memory.h"
#include "core/str.h"
#include "data/batches/batch_sampler.h"
#include "ops/matmul_times.h"

namespace laurel {

namespace {

constexpr int64_t kMostSteps = 256;

int64_t padded_tokens(const GlobalBatch& step) {
  size_t longest = 0;
  int64_t rows = 0;
  for (const Group* group : step.groups) {
    for (const Response& response : group->responses) {
      longest = std::max(longest, response.ids.size());
      ++rows;
    }
  }
  return rows * static_cast<int64_t>(longest);
}

std::string percent_saved(int64_t after, int64_t before) {
  const double saved = 1 - static_cast<double>(after) / static_cast<double>(before);
  return str(std::lround(100 * saved), " %");
}

std::string short_count(double count) {
  constexpr std::pair<double, const char*> kSizes[] = {{1e9, " G"}, {1e6, " M"}, {1e3, " k"}};
  for (const auto& [size, name] : kSizes) {
    if (count >= size) return str(std::round(count / size * 10) / 10, name);
  }
  return str(std::round(count));
}

}  // namespace

std::optional<TokenSavings> token_savings(const Config& config, const RunInputs& inputs) {
  const BatchOptions& options = config.train.batches;
  BatchPrefetcher steps(inputs.sources, options, inputs.model.pooling, inputs.length);
  TokenSavings savings;
  while (savings.steps < std::min(kMostSteps, inputs.length.steps) && savings.epoch < 1) {
    const PackedBatch step = steps.next();
    ++savings.steps;
    savings.padded += padded_tokens(step.global);
    savings.tokens += step.global.tokens;
    savings.computed += step.computed_tokens;
    savings.epoch = step.global.epoch;
  }
  if (savings.computed == 0) return std::nullopt;
  return savings;
}

std::string savings_text(const TokenSavings& savings) {
  return str("tokens of an epoch: ", short_count(savings.epoch_computed()),
             " computed; packing saves ", percent_saved(savings.tokens, savings.padded),
             " of the padded ones, shared prompts ",
             percent_saved(savings.computed, savings.tokens), " of the rest");
}

// 2 operations a parameter and token forward, as many for the gradients of what is trained, and as
// many for those of activations.
std::optional<double> epoch_seconds(const RunInputs& inputs, const Compute& compute,
                                    const TokenSavings& savings) {
  if (!compute.device.is_cpu()) return std::nullopt;
  const ComputeOptions defaults;
  double operations = 0;
  for (const MatmulShape& shape : defaults.shapes) {
    operations += 6.0 * static_cast<double>(shape.tokens * shape.in * shape.out);
  }
  const double seconds = matmul_seconds(
      defaults.shapes, compute.precision == Precision::bf16 ? at::kBFloat16 : at::kFloat);
  const BackboneInfo info = backbone_info(inputs.model.backbone);
  const ParameterCounts parameters = parameter_counts(inputs.model);
  const double embedding = static_cast<double>(info.vocab_size * info.hidden_size);
  const double all = std::max(0.0, static_cast<double>(parameters.all) - embedding);
  const double trained = std::min(all, static_cast<double>(parameters.trained));
  const double activations = trained > 0.01 * all ? all : 0;
  return 2 * (all + trained + activations) * savings.epoch_computed() / operations * seconds;
}

}  // namespace laurel
