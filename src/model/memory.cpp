// Computes the estimate of memory.h and chooses the level of recomputation.
#include "model/memory.h"

#include <cmath>

#include "core/error.h"
#include "core/str.h"

namespace laurel {

namespace {

constexpr double kUsable = 0.92;  // of free memory: the rest is lost between blocks

// Elements per token of a layer's parts.
struct Widths {
  int64_t model, qkv, attention_output, gate_up;
};

Widths widths_of(const LlamaConfig& config) {
  const int64_t raw = config.qk_norm ? config.heads + config.kv_heads : 0;  // saved before q/k norm
  return {.model = config.hidden_size,
          .qkv = (config.heads + 2 * config.kv_heads + raw) * config.head_dim,
          .attention_output = config.heads * config.head_dim,
          .gate_up = 2 * config.intermediate_size};
}

// Elements per token that all layers keep together.
int64_t saved_elements(const LlamaConfig& config, Recompute recompute) {
  const Widths w = widths_of(config);
  const int64_t rest = w.model + w.qkv + w.attention_output;  // but for input and gate_up
  switch (recompute) {
    case Recompute::none: return config.layers * (w.model + rest + w.gate_up);
    case Recompute::gate_up: return config.layers * (w.model + rest) + w.gate_up;
    default: return config.layers * w.model + rest + w.gate_up;
  }
}

std::string gibibytes(int64_t bytes) {
  return str(std::round(static_cast<double>(bytes) / (1 << 30) * 10) / 10, " GiB");
}

}  // namespace

MemoryEstimate estimate_memory(const LlamaConfig& config, const MemoryShape& shape,
                               Recompute recompute) {
  const Widths w = widths_of(config);
  const int64_t working = 3 * w.model + 2 * w.gate_up + w.qkv + w.attention_output;
  const int64_t scoring = 3 * w.model + w.qkv + w.attention_output + w.gate_up;
  const int64_t statistics = 4 * config.layers * (2 + 2 * config.heads + config.kv_heads);
  MemoryEstimate need;
  need.state = shape.parameters * (8 + 2 * shape.moment_bytes);
  need.activations =
      shape.element_bytes * (shape.tokens * (saved_elements(config, recompute) + working) +
                             shape.eval_tokens * scoring) +
      shape.tokens * statistics;
  if (!shape.cuda) {
    if (shape.saves) need.copy = shape.parameters * (4 + 2 * shape.moment_bytes);
    return need;
  }
  const bool flash = shape.element_bytes == 2;
  need.attention = flash ? 16 * shape.tokens * w.attention_output
                         : 16 * config.heads * shape.longest * shape.longest;
  need.rest = int64_t{1} << 30;
  return need;
}

MemoryPlan plan_memory(const LlamaConfig& config, const MemoryShape& shape, Recompute requested,
                       int64_t free) {
  if (requested != Recompute::automatic)
    return {requested, estimate_memory(config, shape, requested)};
  const auto usable = static_cast<int64_t>(kUsable * static_cast<double>(free));
  for (const Recompute level : {Recompute::none, Recompute::gate_up, Recompute::inputs}) {
    const MemoryEstimate need = estimate_memory(config, shape, level);
    if (free == 0 || need.total() < usable) return {level, need};
  }
  const MemoryEstimate least = estimate_memory(config, shape, Recompute::inputs);
  const bool state_fits = least.state + least.rest < usable;
  throw Error{
      ErrorKind::memory,
      str("training needs about ", gibibytes(least.total()),
          " of memory even with train.recompute \"inputs\": ", gibibytes(least.state), " for ",
          shape.parameters, " parameters with gradients and moments, ",
          gibibytes(least.activations + least.attention), " for ", shape.tokens,
          " tokens of a micro-batch, ", gibibytes(least.copy),
          " to copy what train.save_every saves; found ", gibibytes(free), " free. ",
          state_fits               ? "Lower train.tokens_per_micro_batch or model.max_length"
          : shape.moment_bytes > 2 ? "Set train.moments to \"bf16\", or take a smaller backbone"
                                   : "Take a smaller backbone")};
}

}  // namespace laurel
