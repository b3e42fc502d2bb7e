// What the rewards of a step are like, summed on the model's device while the step is computed:
// the host reads all of it at once, when the loss is there.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "data/batch.h"
#include "loss/reward_columns.h"

namespace laurel {

// fp64, on the model's device. S sources, C columns of the head.
struct RewardSums {
  at::Tensor by_source;  // (S, 5): labelled rewards, their sum and the sum of their squares; pairs
                         // with a winner, those whose winner has the larger reward (equal: a half)
  at::Tensor lowest, highest;  // (C), of all scored positions of the step
};

RewardSums zero_reward_sums(int64_t sources, int64_t columns, const at::TensorOptions& options);

// A micro-batch's rewards (P, C), all columns of the head. Never waits for the device.
void add_range(const at::Tensor& rewards, RewardSums& sums);

// The rewards that one source's labels are of, as its loss sees them: of each pair both, of ratings
// and lists those with a weight or a rank. Labels are on the device. Never waits for it.
void add_labelled(const Labels& labels, SourceId source, const RewardColumns& columns,
                  RewardSums& sums);

// What was summed, of a source: nothing where it has no such rewards.
struct RewardSummary {
  int64_t rewards = 0;
  double mean = 0, deviation = 0;  // of them; the deviation divides by their number
  double pairs = 0, right = 0;     // that have a winner; of them, those that agree with it
};

// `values` are by_source, lowest and highest, one after the other, on the host.
std::vector<RewardSummary> summaries(std::span<const double> values, int64_t sources);

// Whether the rewards of a step do not differ, but for rounding: in every column. false where a
// column was never seen, and for a step of a single reward (`positions`).
bool all_equal(std::span<const double> values, int64_t sources, int64_t positions);

// All of it as one vector, in the order that summaries() expects.
at::Tensor flat(const RewardSums& sums);

}  // namespace laurel
