// Samplers: the source of each group of a step, and the groups of a source, by seed and shares.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/options.h"
#include "data/group.h"
#include "data/sources/source.h"

namespace laurel {

struct RunLength {
  int64_t steps, groups;  // groups < steps * batch_size: the last step is short
};

// From `steps`, or from `epochs` over the training groups of all sources. Throws Error (usage)
// if both or neither are given, if epochs meet a share or an active part, or if there is nothing
// to train on.
RunLength run_length(std::span<const SourceData> sources, int64_t batch_size,
                     std::optional<int64_t> steps, std::optional<double> epochs);

// Steps [from, to) in which a source is active.
struct StepRange {
  int64_t from, to;
};
StepRange active_steps(const Active& active, int64_t steps);

// The stretches of a run of `steps` in which the same sources are active, in order.
std::vector<StepRange> phases_of(std::span<const StepRange> active, int64_t steps);

// Of what a saved state counts: beyond 2^53 no run goes.
inline constexpr Range kSavedCount{.min = 0, .max = 9007199254740992};

// The position of a part of a source: groups taken of its current epoch.
struct EpochCursor {
  int64_t epoch = 0, position = 0;
  bool operator==(const EpochCursor&) const = default;

  void fields(auto& visit) {
    visit("epoch", epoch, kSavedCount);
    visit("position", position, kSavedCount);
  }
};

// The state of a source. Its credit follows from `taken` and SamplerState::sampled.
struct SourceCursor {
  std::vector<EpochCursor> parts;
  int64_t total_taken = 0;  // groups of all parts since the run began
  int64_t taken = 0;        // groups since the set of active sources last changed
  bool operator==(const SourceCursor&) const = default;

  void fields(auto& visit) {
    visit("total_taken", total_taken, kSavedCount);
    visit("taken", taken, kSavedCount);
    visit("parts", parts);
  }
};

// The state from which the next groups follow.
struct SamplerState {
  int64_t step = 0;                   // completed steps
  int64_t groups = 0;                 // of these steps
  int64_t sampled = 0;                // groups since the set of active sources last changed
  std::vector<SourceCursor> sources;  // by SourceId; empty: the run begins
  // Groups that its steps have less than batch_size each: of a run that went on after the short
  // last step of a shorter one.
  std::optional<int64_t> short_by = {};
  bool operator==(const SamplerState&) const = default;

  void fields(auto& visit) {
    visit("step", step, kSavedCount);
    visit("groups", groups, kSavedCount);
    visit("sampled", sampled, kSavedCount);
    visit("sources", sources);
    visit("short_by", short_by, kSavedCount);
  }
};

// Takes each group from the active source with the largest credit
//   share * sampled - taken
// ties in order of the config, both counted since the set of active
// sources last changed.
class SourceSampler {
 public:
  // A share of 0 never takes part (a source without training groups). Throws Error (usage) if at
  // some step no source is active.
  SourceSampler(std::vector<double> shares, std::vector<StepRange> active, int64_t steps);

  SourceId next(int64_t step);  // `step` never goes back

  void save(SamplerState& state) const;     // sampled, and taken of each source
  bool restore(const SamplerState& state);  // false: not a state after so many groups

 private:
  void enter(int64_t step);

  std::vector<double> shares_;
  std::vector<StepRange> active_;
  int64_t step_ = -1;
  std::vector<SourceId> now_;  // active sources, in order of the config
  double total_ = 0;           // their shares
  int64_t sampled_ = 0;
  std::vector<int64_t> taken_;  // by source
};

// The groups of one part of a source, each exactly once an epoch, in a new order every epoch.
class EpochSampler {
 public:
  EpochSampler(const std::vector<int64_t>& groups, uint64_t stream, bool shuffle, int64_t seed);

  int64_t next();

  const EpochCursor& cursor() const { return cursor_; }

  // false: not the cursor after `taken` groups.
  bool restore(const EpochCursor& cursor, int64_t taken);

 private:
  void begin_epoch();

  std::vector<uint32_t> groups_, order_;
  uint64_t stream_;
  bool shuffle_;
  int64_t seed_;
  EpochCursor cursor_;
};

// The groups of one source: one from each part in turn; each part has epochs of its own.
// Which group is next depends only on how many were taken.
class GroupSampler {
 public:
  GroupSampler(const std::vector<std::vector<int64_t>>& parts, SourceId source, bool shuffle,
               int64_t seed);

  int64_t next();

  void save(SourceCursor& cursor) const;     // parts and total_taken
  bool restore(const SourceCursor& cursor);  // false: not the cursor after its groups

 private:
  std::vector<EpochSampler> parts_;
  int64_t total_taken_ = 0;
};

}  // namespace laurel
