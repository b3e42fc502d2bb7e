// Deals a step's groups, then packs them: two steps at most are in memory at a time.
#include "data/batcher.h"

#include <algorithm>
#include <chrono>

#include "core/error.h"
#include "core/str.h"
#include "data/pack.h"
#include "data/sampling.h"

namespace laurel {

namespace {

std::vector<double> shares_of(std::span<const SourceData> sources) {
  std::vector<double> shares;
  for (const SourceData& source : sources) {
    const auto groups = static_cast<double>(source.train.groups.size());
    shares.push_back(groups > 0 ? source.options.share.value_or(groups) : 0);
  }
  return shares;
}

std::vector<StepRange> active_parts(std::span<const SourceData> sources, int64_t steps) {
  std::vector<StepRange> parts;
  for (const SourceData& source : sources) {
    parts.push_back(active_steps(source.options.active, steps));
  }
  return parts;
}

}  // namespace

StepPlanner::StepPlanner(std::span<const SourceData> sources, const BatchOptions& options,
                         const Reading& reading, const RunLength& length, int64_t workers,
                         const DealState& start)
    : sources_(sources),
      options_(options),
      reading_(reading),
      length_(length),
      workers_(workers),
      dealer_(shares_of(sources), active_parts(sources, length.steps), length.steps) {
  for (size_t s = 0; s < sources.size(); ++s) {
    orders_.emplace_back(sampling_parts(sources[s]), static_cast<SourceId>(s), options.shuffle,
                         options.seed);
    groups_ += static_cast<int64_t>(sources[s].train.groups.size());
  }
  if (start != DealState{}) restore(start);  // else nothing has been dealt
}

DealState StepPlanner::state() const {
  DealState state{.step = step_, .slots = dealt_, .sources = {}};
  state.sources.resize(sources_.size());
  dealer_.save(state);
  for (size_t s = 0; s < orders_.size(); ++s) orders_[s].save(state.sources[s]);
  return state;
}

// All of it follows from the number of steps. What did not would leave out rows or repeat them.
void StepPlanner::restore(const DealState& state) {
  const auto refuse = [](const std::string& found) {
    throw Error{ErrorKind::checkpoint, str("the checkpoint's place in the data: found ", found,
                                           "; the checkpoint is damaged: take an older one")};
  };
  if (state.step < 1 || state.step > length_.steps) {
    refuse(str("step ", state.step, ", expected 1 to ", length_.steps));
  }
  const int64_t slots = std::min(state.step * options_.batch_size, length_.slots);
  if (state.slots != slots) {
    refuse(str(state.slots, " slots, expected ", slots, " behind step ", state.step));
  }
  if (state.sources.size() != sources_.size()) {
    refuse(str(state.sources.size(), " sources, expected ", sources_.size()));
  }
  bool fits = dealer_.restore(state);
  int64_t turns = 0;
  for (size_t s = 0; fits && s < orders_.size(); ++s) {
    fits = orders_[s].restore(state.sources[s]);
    turns += state.sources[s].turn;
  }
  if (!fits || turns != slots) {
    refuse(str("numbers of these sources that do not come to ", slots,
               " slots, expected those of step ", state.step));
  }
  step_ = state.step;
  dealt_ = state.slots;
}

std::vector<const Group*> StepPlanner::deal_step() {
  const int64_t slots = std::min(options_.batch_size, length_.slots - dealt_);
  TORCH_INTERNAL_ASSERT(slots > 0, "more steps than the run has");
  std::vector<const Group*> groups;
  for (int64_t i = 0; i < slots; ++i) {
    const SourceId source = dealer_.next(step_);
    groups.push_back(&sources_[source].train.groups[orders_[source].next()]);
  }
  dealt_ += slots;
  ++step_;
  return groups;
}

StepPlan StepPlanner::next_step() {
  const std::vector<const Group*> groups = deal_step();
  StepPlan plan;
  plan.count.resize(sources_.size());
  plan.slots.resize(sources_.size());
  for (const Group* group : groups) {
    plan.count[group->source] += weight_sum(*group);
    plan.slots[group->source] += 1;
    plan.tokens += given_tokens(*group);
    for (const Response& response : group->responses) {
      plan.rows += static_cast<int64_t>(response.reads.size());
    }
  }
  plan.groups = static_cast<int64_t>(groups.size());
  plan.epoch = static_cast<double>(dealt_) / static_cast<double>(groups_);
  plan.batches = pack(groups, reading_,
                      {.tokens_per_micro_batch = options_.tokens_per_micro_batch,
                       .workers = workers_,
                       .group_by_prompt = options_.group_by_prompt});
  plan.members = groups;
  plan.after = state();
  for (const Batch& batch : plan.batches) plan.unique_tokens += batch.tokens.ids.numel();
  return plan;
}

Batcher::Batcher(std::span<const SourceData> sources, const BatchOptions& options,
                 const Reading& reading, const RunLength& length, int64_t workers,
                 const DealState& start)
    : planner_(sources, options, reading, length, workers, start),
      ahead_(length.steps - start.step, [this] { return planner_.next_step(); }) {}

StepPlan Batcher::next_step() {
  const auto start = std::chrono::steady_clock::now();
  StepPlan plan = ahead_.next();
  const auto waited = std::chrono::steady_clock::now() - start;
  plan.wait_seconds = std::chrono::duration<double>(waited).count();
  return plan;
}

}  // namespace laurel
