// Plans the memory of a run from the sizes of model and data.
#include "application/run_memory.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "core/memory.h"
#include "core/option_types.h"
#include "core/str.h"
#include "data/batches/pack.h"
#include "model/head.h"

namespace laurel {

namespace {

// At most so many tokens are computed in a micro-batch of `groups`: a group that exceeds the budget
// is a micro-batch of its own.
int64_t largest_micro_batch(std::vector<int64_t> tokens, size_t groups, int64_t budget) {
  groups = std::min(groups, tokens.size());
  if (groups == 0) return 0;
  std::partial_sort(tokens.begin(), tokens.begin() + static_cast<int64_t>(groups), tokens.end(),
                    std::greater{});
  const int64_t together =
      std::accumulate(tokens.begin(), tokens.begin() + static_cast<int64_t>(groups), int64_t{0});
  return std::max(tokens.front(), std::min(together, budget));
}

MemoryShape shape_of(const Config& config, const RunInputs& run, const Compute& compute) {
  std::vector<int64_t> trained, evaluated;
  int64_t longest = 0;
  const auto measure = [&](const Split& split, std::vector<int64_t>& tokens) {
    for (const Group& group : split.groups) {
      tokens.push_back(computed_tokens(group, run.model.pooling));
      for (const Response& response : group.responses) {
        longest = std::max(longest, static_cast<int64_t>(response.ids.size()));
      }
    }
  };
  for (const SourceData& source : run.sources) {
    measure(source.train, trained);
    measure(source.eval, evaluated);
  }
  const BatchOptions& batches = config.train.batches;
  const int64_t budget = batches.tokens_per_micro_batch;
  const ParameterCounts parameters = parameter_counts(run.model);
  return {.parameters = parameters.trained,
          .frozen = parameters.all - parameters.trained,
          .kept_layers = kept_layers(run.model.trained, backbone_info(run.model.backbone).layers),
          .tokens = largest_micro_batch(trained, static_cast<size_t>(batches.batch_size), budget),
          .eval_tokens = largest_micro_batch(evaluated, evaluated.size(), budget),
          .longest = longest,
          .element_bytes = compute.precision == Precision::bf16 ? 2 : 4,
          .moment_bytes = config.train.optimizer.moments == Moments::bf16 ? 2 : 4,
          .cuda = !compute.device.is_cpu(),
          .saves = config.train.save_every > 0 && config.train.save_every <= run.length.steps};
}

}  // namespace

ParameterCounts parameter_counts(const ModelFolder& model) {
  const BackboneInfo info = backbone_info(model.backbone);
  Layout layout = backbone_layout(model.backbone);
  choose_trained(layout, info, model.trained);
  int64_t beside = head_layout(1, info.hidden_size).size;
  if (const LoraOptions* const lora = lora_of(model.trained)) {
    beside += adapter_layout(layout, info.layers, *lora).size;
  }
  return {.trained = layout.size - layout.trained_begin + beside, .all = layout.size + beside};
}

MemoryPlan plan_run_memory(const Config& config, const RunInputs& run, const Compute& compute) {
  return plan_memory(run.model.backbone, shape_of(config, run, compute), config.train.recompute,
                     free_memory(compute.device));
}

std::string memory_text(const MemoryPlan& plan) {
  const int64_t saved = plan.need.state_of_all - plan.need.state;
  return str(
      "memory: about ", format_bytes(plan.need.total()), ", of them ",
      format_bytes(plan.need.state), " weights, gradients and moments",
      saved > 0 ? str(" (", format_bytes(plan.need.state_of_all), " if all were trained)") : "",
      "; recompute: ", enum_name(plan.recompute));
}

}  // namespace laurel
