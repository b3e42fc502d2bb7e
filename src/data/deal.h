// Which group goes into which slot of which step: by seed, shares and active parts alone.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "data/group.h"
#include "data/source.h"

namespace laurel {

struct RunLength {
  int64_t steps, slots;  // slots < steps * batch_size: the last step is short
};

// From `steps`, or from `epochs` over the training groups of all sources. Throws Error (usage) if
// both or neither are given, if epochs meet a share or an active part, or if there is nothing to
// train on.
RunLength run_length(std::span<const SourceData> sources, int64_t batch_size,
                     std::optional<int64_t> steps, std::optional<double> epochs);

// Steps [from, to) in which a source is active.
struct StepRange {
  int64_t from, to;
};
StepRange active_steps(const Active& active, int64_t steps);

// The stretches of a run of `steps` in which the same sources are active, in order.
std::vector<StepRange> phases_of(std::span<const StepRange> active, int64_t steps);

// Deals slots to sources: each to the active source with the largest credit
// share * dealt - taken, ties in order of the config, both counted since the set of active sources
// last changed.
class SlotDealer {
 public:
  // A share of 0 never takes part (a source without training groups). Throws Error (usage) if at
  // some step no source is active.
  SlotDealer(std::vector<double> shares, std::vector<StepRange> active, int64_t steps);

  SourceId next(int64_t step);  // `step` never goes back

 private:
  void enter(int64_t step);

  std::vector<double> shares_;
  std::vector<StepRange> active_;
  int64_t step_ = -1;
  std::vector<SourceId> now_;  // active ones, in order of the config
  double total_ = 0;           // their shares
  double dealt_ = 0;
  std::vector<double> taken_;  // by source
};

// The groups of one part of a source, each exactly once an epoch, in a new order every epoch.
class EpochOrder {
 public:
  EpochOrder(std::vector<int64_t> groups, uint64_t stream, bool shuffle, int64_t seed);

  int64_t next();

 private:
  void begin_epoch();

  std::vector<int64_t> groups_, order_;
  uint64_t stream_;
  bool shuffle_;
  int64_t seed_;
  int64_t epoch_ = 0;
  size_t position_ = 0;
};

// The groups of one source: its parts take turns, each at its own pace. Which group is next depends
// only on how many were taken.
class GroupOrder {
 public:
  GroupOrder(const std::vector<std::vector<int64_t>>& parts, SourceId source, bool shuffle,
             int64_t seed);

  int64_t next();

 private:
  std::vector<EpochOrder> parts_;
  size_t turn_ = 0;
};

}  // namespace laurel
