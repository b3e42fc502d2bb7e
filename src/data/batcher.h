// The steps of a training run: which groups, in which micro-batches, with the counts of the loss.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/ahead.h"
#include "core/options.h"
#include "data/batch.h"
#include "data/deal.h"
#include "data/reading.h"
#include "data/source.h"

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
          "Groups of a step that have the same prompt lie together, and its tokens are computed "
          "once for all of them; changes speed, not results.");
    visit("shuffle", shuffle, "A new order every epoch; false keeps the order of the files.");
    visit("seed", seed, "Seed of that order.", Range{.min = 0});
  }
};

struct StepPlan {
  std::vector<Batch> batches;
  std::vector<double> count;   // by source: sum of the weights of its units in the whole step
  std::vector<int64_t> slots;  // by source
  int64_t groups = 0, rows = 0;
  int64_t tokens = 0;                 // of the rows as given
  int64_t unique_tokens = 0;          // computed
  double epoch = 0;                   // after this step: slots so far / groups of all sources
  double wait_seconds = 0;            // that next_step() took
  std::vector<const Group*> members;  // the groups, in the order of their slots
  DealState after;                    // what has been dealt with this step
};

// Deals and packs one step after the other.
class StepPlanner {
 public:
  StepPlanner(std::span<const SourceData> sources, const BatchOptions& options,
              const Reading& reading, const RunLength& length, int64_t workers,
              const DealState& start = {});

  StepPlan next_step();

 private:
  std::vector<const Group*> deal_step();
  DealState state() const;
  void restore(const DealState& state);

  std::span<const SourceData> sources_;
  BatchOptions options_;
  Reading reading_;
  RunLength length_;
  int64_t workers_;
  SlotDealer dealer_;
  std::vector<GroupOrder> orders_;  // by source
  int64_t step_ = 0, dealt_ = 0, groups_ = 0;
};

// The steps in the same order, each packed on a thread while the one before it is trained on.
class Batcher {
 public:
  // Keeps a view of `sources`; `workers` is the number of lanes of a micro-batch; goes on behind
  // what `start` says was dealt. Throws Error (usage) if at some step no source is active,
  // (checkpoint) if `start` is not what so many steps of this run deal.
  Batcher(std::span<const SourceData> sources, const BatchOptions& options, const Reading& reading,
          const RunLength& length, int64_t workers = 1, const DealState& start = {});

  // At most as often as steps are left: behind the last one it throws std::logic_error.
  StepPlan next_step();

 private:
  StepPlanner planner_;  // the thread's
  Ahead<StepPlan> ahead_;
};

}  // namespace laurel
