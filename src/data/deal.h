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

// Where a part of a source stands: groups taken of its current epoch.
struct EpochCursor {
  int64_t epoch = 0, position = 0;
  bool operator==(const EpochCursor&) const = default;
};

// Where a source stands. Its credit follows from `taken` and DealState::dealt.
struct SourceCursor {
  std::vector<EpochCursor> parts;
  int64_t turn = 0;   // groups taken by all parts
  int64_t taken = 0;  // slots since the set of active sources last changed
  bool operator==(const SourceCursor&) const = default;
};

// Which groups have been dealt: what the next ones follow from.
struct DealState {
  int64_t step = 0;                   // steps dealt
  int64_t slots = 0;                  // of them
  int64_t dealt = 0;                  // slots since the set of active sources last changed
  std::vector<SourceCursor> sources;  // by SourceId; empty: nothing has been dealt
  bool operator==(const DealState&) const = default;
};

// Deals slots to sources: each to the active source with the largest credit
//   share * dealt - taken
// ties in order of the config, both counted since the set of active sources last changed.
class SlotDealer {
 public:
  // A share of 0 never takes part (a source without training groups). Throws Error (usage) if at
  // some step no source is active.
  SlotDealer(std::vector<double> shares, std::vector<StepRange> active, int64_t steps);

  SourceId next(int64_t step);  // `step` never goes back

  void save(DealState& state) const;     // dealt, and taken of each source
  bool restore(const DealState& state);  // false: not what so many slots come to

 private:
  void enter(int64_t step);

  std::vector<double> shares_;
  std::vector<StepRange> active_;
  int64_t step_ = -1;
  std::vector<SourceId> now_;  // active ones, in order of the config
  double total_ = 0;           // their shares
  int64_t dealt_ = 0;
  std::vector<int64_t> taken_;  // by source
};

// The groups of one part of a source, each exactly once an epoch, in a new order every epoch.
class EpochOrder {
 public:
  EpochOrder(std::vector<int64_t> groups, uint64_t stream, bool shuffle, int64_t seed);

  int64_t next();

  const EpochCursor& cursor() const { return cursor_; }

  // false: not where these groups stand once `taken` were taken.
  bool restore(const EpochCursor& cursor, int64_t taken);

 private:
  void begin_epoch();

  std::vector<int64_t> groups_, order_;
  uint64_t stream_;
  bool shuffle_;
  int64_t seed_;
  EpochCursor cursor_;
};

// The groups of one source: its parts take turns, each at its own pace. Which group is next depends
// only on how many were taken.
class GroupOrder {
 public:
  GroupOrder(const std::vector<std::vector<int64_t>>& parts, SourceId source, bool shuffle,
             int64_t seed);

  int64_t next();

  void save(SourceCursor& cursor) const;     // parts and turn
  bool restore(const SourceCursor& cursor);  // false: not where these parts stand after its turns

 private:
  std::vector<EpochOrder> parts_;
  int64_t turn_ = 0;
};

}  // namespace laurel
