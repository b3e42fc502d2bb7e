// Batch sampler: the groups of each training step and its loss counts; the next step is packed
// ahead.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/options.h"
#include "core/prefetcher.h"
#include "data/batch.h"
#include "data/batches/pack.h"
#include "data/batches/sampler.h"
#include "data/pooling.h"
#include "data/sources/source.h"

namespace laurel {

struct BatchOptions {
  int64_t batch_size = 64;
  int64_t tokens_per_micro_batch = 4096;
  bool group_by_prompt = true;
  bool shuffle = true;
  int64_t seed = 1;

  void fields(auto& visit) {
    visit("batch_size", batch_size, "Groups per step: a rating or a pair is one.",
          Range{.min = 1, .max = 1 << 20});
    visit("tokens_per_micro_batch", tokens_per_micro_batch,
          "Computed tokens that go through the model at once; changes memory, not results.",
          Range{.min = 1, .max = 1 << 28});
    visit("group_by_prompt", group_by_prompt,
          "Groups of a step that have the same prompt are packed together, and its tokens are "
          "computed once for all of them; changes speed, not results.");
    visit("shuffle", shuffle, "A new order every epoch; false keeps the order of the files.");
    visit("seed", seed, "Seed of that order.", Range{.min = 0});
  }
};

// The groups of a step, read from their files. Copies share them.
class StepGroups {
 public:
  StepGroups() = default;
  explicit StepGroups(std::vector<Group> groups);

  size_t size() const { return pointers_.size(); }
  bool empty() const { return pointers_.empty(); }
  const Group* operator[](size_t i) const { return pointers_[i]; }
  auto begin() const { return pointers_.begin(); }
  auto end() const { return pointers_.end(); }
  operator std::span<const Group* const>() const { return pointers_; }

  // Whether they are the same groups of the same sources.
  bool operator==(const StepGroups& other) const;

 private:
  std::shared_ptr<const std::vector<Group>> groups_;
  std::vector<const Group*> pointers_;
};

// Who takes part in a step and what counts in its loss; known before any forward pass. pack() makes
// micro-batches of it.
struct GlobalBatch {
  StepGroups groups;               // in the order in which they were sampled
  std::vector<double> count;       // by source: sum of the weights of its loss terms in the step
  std::vector<int64_t> groups_of;  // by source: how many of the groups
  SamplerState after;              // of the sampler after this step
  int64_t scored_positions = 0;
  int64_t tokens = 0;  // of all responses, each with its prompt
  double epoch = 0;    // after this step: groups so far / groups of all sources
};

// Samples one step after the other.
class BatchSampler {
 public:
  BatchSampler(std::span<const SourceData> sources, const BatchOptions& options,
               const RunLength& length, const SamplerState& start = {});

  GlobalBatch next();

 private:
  StepGroups sample_step();
  SamplerState state() const;
  void restore(const SamplerState& state);

  std::span<const SourceData> sources_;
  BatchOptions options_;
  RunLength length_;
  SourceSampler source_sampler_;
  std::vector<GroupSampler> group_samplers_;  // by source
  int64_t step_ = 0, sampled_ = 0, groups_ = 0;
  std::optional<int64_t> short_by_;
};

// A step of this process: its micro-batches.
struct PackedBatch {
  GlobalBatch global;
  std::vector<Batch> batches;
  int64_t computed_tokens = 0;  // computed: a shared prompt once
  double wait_seconds = 0;      // that next() took
};

// Prefetches the steps of a BatchSampler: the next one is packed on a thread while one is trained.
class BatchPrefetcher {
 public:
  // Keeps a view of `sources`; `workers` is the number of parts of a micro-batch; resumes from the
  // state `start`. Throws Error (usage) if at some step no source is active,
  // (checkpoint) if `start` is not the state of this run after `start.step` steps.
  BatchPrefetcher(std::span<const SourceData> sources, const BatchOptions& options,
                  const Pooling& pooling, const RunLength& length, int64_t workers = 1,
                  const SamplerState& start = {});

  // Throws std::logic_error after the last step.
  PackedBatch next();

 private:
  PackedBatch sample_and_pack();

  BatchSampler sampler_;  // the thread's
  Pooling pooling_;
  PackOptions packing_;
  Prefetcher<PackedBatch> prefetcher_;
};

}  // namespace laurel
