// Plans the memory of a run from the sizes of model and data.
#include "application/run_memory.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <vector>

#include "core/memory.h"
#include "core/option_types.h"
#include "core/str.h"
#include "data/sources/row_file.h"
#include "model/head.h"

namespace laurel {

namespace {

// The most tokens that are computed in a micro-batch of up to `groups` of the groups that are added:
// one that exceeds the budget is a micro-batch of its own.
class LargestMicroBatch {
 public:
  explicit LargestMicroBatch(size_t groups) : groups_(groups) {}

  void add(int64_t tokens) {
    largest_ = std::max(largest_, tokens);
    if (tokens_.size() == groups_ && tokens <= tokens_.top()) return;
    tokens_.push(tokens);
    together_ += tokens;
    if (tokens_.size() <= groups_) return;
    together_ -= tokens_.top();
    tokens_.pop();
  }

  int64_t tokens(int64_t budget) const { return std::max(largest_, std::min(together_, budget)); }

 private:
  size_t groups_;
  std::priority_queue<int64_t, std::vector<int64_t>, std::greater<>> tokens_;  // the most
  int64_t together_ = 0, largest_ = 0;
};

MemoryShape shape_of(const Config& config, const RunInputs& run, const Compute& compute) {
  const BatchOptions& batches = config.train.batches;
  const int64_t budget = batches.tokens_per_micro_batch;
  LargestMicroBatch trained(static_cast<size_t>(batches.batch_size));
  int64_t evaluated = 0, longest = 0, longest_evaluated = 0;
  for (const SourceData& source : run.sources) {
    for (size_t i = 0; i < source.train.groups.size(); ++i) {
      const RowEntry& of = source.train.groups.entry(i);
      trained.add(of.computed_tokens);
      longest = std::max<int64_t>(longest, of.longest);
    }
    for (size_t i = 0; i < source.eval.groups.size(); ++i) {
      const RowEntry& of = source.eval.groups.entry(i);
      evaluated += of.computed_tokens;
      longest_evaluated = std::max<int64_t>(longest_evaluated, of.computed_tokens);
      longest = std::max<int64_t>(longest, of.longest);
    }
  }
  const ParameterCounts parameters = parameter_counts(run.model);
  return {.parameters = parameters.trained,
          .frozen = parameters.all - parameters.trained,
          .kept_layers = kept_layers(run.model.trained, backbone_info(run.model.backbone).layers),
          .tokens = trained.tokens(budget),
          .eval_tokens = std::max(longest_evaluated, std::min(evaluated, budget)),
          .longest = longest,
          .element_bytes = compute.precision == Precision::bf16 ? 2 : 4,
          .moment_bytes = config.train.optimizer.moments == Moments::bf16 ? 2 : 4,
          .average_bytes = decay_of(config.train.optimizer.average) ? 4 : 0,
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

std::string memory_text(const MemoryPlan& plan, const Compute& compute) {
  const int64_t saved = plan.need.state_of_all - plan.need.state;
  const int64_t held = compute.device.is_cpu() ? held_memory() : 0;
  return str(
      "memory: about ", format_bytes(plan.need.total() + held), ", of them ",
      format_bytes(plan.need.state), " weights, gradients",
      plan.need.average > 0 ? ", moments and average" : " and moments",
      saved > 0 ? str(" (", format_bytes(plan.need.state_of_all), " if all were trained)") : "",
      held > 0 ? str(", ", format_bytes(held), " that the program and its tokenizer hold already")
               : "",
      "; recompute: ", enum_name(plan.recompute));
}

}  // namespace laurel
