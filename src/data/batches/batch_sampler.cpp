// Samples and packs steps; at most two are in memory at a time.
#include "data/batches/batch_sampler.h"

#include <algorithm>
#include <chrono>

#include "core/error.h"
#include "core/str.h"
#include "data/sources/balancing.h"

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

StepGroups::StepGroups(std::vector<Group> groups)
    : groups_(std::make_shared<const std::vector<Group>>(std::move(groups))) {
  for (const Group& group : *groups_) pointers_.push_back(&group);
}

bool StepGroups::operator==(const StepGroups& other) const {
  const auto same = [](const Group* one, const Group* two) {
    return one->source == two->source && one->id == two->id;
  };
  return std::ranges::equal(pointers_, other.pointers_, same);
}

BatchSampler::BatchSampler(std::span<const SourceData> sources, const BatchOptions& options,
                           const RunLength& length, const SamplerState& start)
    : sources_(sources),
      options_(options),
      length_(length),
      source_sampler_(shares_of(sources), active_parts(sources, length.steps), length.steps) {
  for (size_t s = 0; s < sources.size(); ++s) {
    group_samplers_.emplace_back(sampling_parts(sources[s]), static_cast<SourceId>(s),
                                 options.shuffle, options.seed);
    groups_ += static_cast<int64_t>(sources[s].train.groups.size());
    if (options.shuffle) sources[s].train.groups.expect_random_reads();
  }
  if (start != SamplerState{}) restore(start);  // else the run begins
}

SamplerState BatchSampler::state() const {
  SamplerState state{.step = step_, .groups = sampled_, .sources = {}, .short_by = short_by_};
  state.sources.resize(sources_.size());
  source_sampler_.save(state);
  for (size_t s = 0; s < group_samplers_.size(); ++s) group_samplers_[s].save(state.sources[s]);
  return state;
}

// All of it follows from the number of steps. What did not would leave out rows or repeat them.
void BatchSampler::restore(const SamplerState& state) {
  const auto refuse = [](const std::string& found) {
    throw Error{ErrorKind::checkpoint, str("the checkpoint's sampler state: found ", found,
                                           "; the checkpoint is damaged")};
  };
  if (state.step < 1 || state.step > length_.steps) {
    refuse(str("step ", state.step, ", expected 1 to ", length_.steps));
  }
  const int64_t group_count =
      std::min(state.step * options_.batch_size - state.short_by.value_or(0), length_.groups);
  if (state.groups != group_count) {
    refuse(str(state.groups, " groups, expected ", group_count, " after step ", state.step));
  }
  if (state.sources.size() != sources_.size()) {
    refuse(str(state.sources.size(), " sources, expected ", sources_.size()));
  }
  bool fits = source_sampler_.restore(state);
  int64_t taken = 0;
  for (size_t s = 0; fits && s < group_samplers_.size(); ++s) {
    fits = group_samplers_[s].restore(state.sources[s]);
    taken += state.sources[s].total_taken;
  }
  if (!fits || taken != group_count) {
    refuse(str("counts of the sources that do not add up to ", group_count,
               " groups, expected those of step ", state.step));
  }
  step_ = state.step;
  sampled_ = state.groups;
  short_by_ = state.short_by;
}

StepGroups BatchSampler::sample_step() {
  const int64_t group_count = std::min(options_.batch_size, length_.groups - sampled_);
  TORCH_INTERNAL_ASSERT(group_count > 0, "more steps than the run has");
  std::vector<Group> groups;
  for (int64_t i = 0; i < group_count; ++i) {
    const SourceId source = source_sampler_.next(step_);
    groups.push_back(sources_[source].train.groups[group_samplers_[source].next()]);
  }
  sampled_ += group_count;
  ++step_;
  return StepGroups(std::move(groups));
}

GlobalBatch BatchSampler::next() {
  GlobalBatch step;
  step.groups = sample_step();
  step.count.resize(sources_.size());
  step.groups_of.resize(sources_.size());
  for (const Group* group : step.groups) {
    step.count[group->source] += weight_sum(*group);
    step.groups_of[group->source] += 1;
    step.tokens += input_tokens(*group);
    for (const Response& response : group->responses) {
      step.scored_positions += static_cast<int64_t>(response.positions.size());
    }
  }
  step.epoch = static_cast<double>(sampled_) / static_cast<double>(groups_);
  step.after = state();
  return step;
}

BatchPrefetcher::BatchPrefetcher(std::span<const SourceData> sources, const BatchOptions& options,
                                 const Pooling& pooling, const RunLength& length, int64_t workers,
                                 const SamplerState& start)
    : sampler_(sources, options, length, start),
      pooling_(pooling),
      packing_{.tokens_per_micro_batch = options.tokens_per_micro_batch,
               .workers = workers,
               .group_by_prompt = options.group_by_prompt},
      prefetcher_(length.steps - start.step, [this] { return sample_and_pack(); }) {}

PackedBatch BatchPrefetcher::sample_and_pack() {
  PackedBatch step{.global = sampler_.next(), .batches = {}};
  step.batches = pack(step.global.groups, pooling_, packing_);
  for (const Batch& batch : step.batches) step.computed_tokens += batch.tokens.ids.numel();
  return step;
}

PackedBatch BatchPrefetcher::next() {
  const auto start = std::chrono::steady_clock::now();
  PackedBatch step = prefetcher_.next();
  const auto waited = std::chrono::steady_clock::now() - start;
  step.wait_seconds = std::chrono::duration<double>(waited).count();
  return step;
}

}  // namespace laurel
