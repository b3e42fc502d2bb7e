// Computes the estimate of memory.h and chooses the level of recomputation.
#include "model/memory_plan.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/str.h"

namespace laurel {

static constexpr double kUsable = 0.92;  // of free memory: the rest is lost between blocks

MemoryEstimate estimate_memory(const Backbone& backbone, const MemoryShape& shape,
                               Recompute recompute) {
  const auto [activations, attention] = activation_bytes(backbone, shape, recompute);
  MemoryEstimate need;
  const int64_t trained = 8 + 2 * shape.moment_bytes + shape.average_bytes;
  need.state = shape.parameters * trained + shape.frozen * shape.element_bytes;
  need.state_of_all = (shape.parameters + shape.frozen) * trained;
  need.average = shape.parameters * shape.average_bytes;
  need.activations = activations;
  need.attention = attention;
  if (shape.cuda) {
    need.rest = int64_t{1} << 30;
  } else if (shape.saves) {
    need.copy = shape.parameters * (trained - 4);
  }
  return need;
}

MemoryPlan plan_memory(const Backbone& backbone, const MemoryShape& shape, Recompute requested,
                       int64_t free) {
  if (requested != Recompute::automatic)
    return {requested, estimate_memory(backbone, shape, requested)};
  const auto usable = static_cast<int64_t>(kUsable * static_cast<double>(free));
  for (const Recompute level : {Recompute::none, Recompute::gate_up, Recompute::inputs}) {
    const MemoryEstimate need = estimate_memory(backbone, shape, level);
    if (free == 0 || need.total() < usable) return {level, need};
  }
  const MemoryEstimate least = estimate_memory(backbone, shape, Recompute::inputs);
  const bool state_fits = least.state + least.rest < usable;
  throw Error{
      ErrorKind::memory,
      str("training needs about ", format_bytes(least.total()),
          " of memory even with train.recompute \"inputs\": ", format_bytes(least.state), " for ",
          shape.parameters + shape.frozen, " parameters with gradients and moments, ",
          format_bytes(least.activations + least.attention), " for ", shape.tokens,
          " tokens of a micro-batch, ", format_bytes(least.copy),
          " to copy what train.save_every saves; found ", format_bytes(free), " free. ",
          state_fits ? "Lower train.tokens_per_micro_batch or model.max_length"
          : shape.average_bytes > 0
              ? "Set train.average to \"last\", which takes 4 bytes a parameter less, or take a "
                "smaller backbone"
          : shape.frozen > 0 ? "Take a smaller backbone"
          : shape.moment_bytes > 2
              ? "Set train.moments to \"bf16\", train adapters (model.train \"lora\"), or take a "
                "smaller backbone"
              : "Take a smaller backbone, or train adapters (model.train \"lora\")")};
}

}  // namespace laurel
