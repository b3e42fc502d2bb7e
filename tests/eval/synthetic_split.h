// Splits made by hand, and a made-up model whose reward is a number written into the tokens.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "data/sources/loaded_row.h"
#include "eval/evaluate.h"

namespace laurel {

// The reward of a row is a tenth of the last token it reads.
inline at::Tensor tenth_of_last_token(const TokenBatch& batch) {
  const at::Tensor last = batch.pool_end.to(at::kLong) - 1;
  return batch.ids.index_select(0, last).to(at::kFloat).div(10).unsqueeze(1);
}

// `length` tokens, the last of which is read and gives the reward.
inline Response response(int32_t reward_in_tenths, int32_t length = 3) {
  Response r;
  r.ids.assign(length, 1);
  r.ids.back() = reward_in_tenths;
  r.positions = {{length - 1, length}};
  return r;
}

inline void add(Split& split, LoadedRow row) {
  row.group.id = split.groups.size() + 1;  // its line
  split.groups.add_row(row);
  ++split.report.rows;
  ++split.report.used;
}

inline void add(Split& split, Group group, std::vector<ResponseStats> stats) {
  add(split, {.group = std::move(group), .stats = std::move(stats)});
}

inline void set_label(Split& split, size_t i, const Label& label) {
  Group group = split.groups[i];
  group.label = label;
  split.groups.set(i, group);
}

inline void add_pair(Split& split, int32_t better, int32_t worse, uint64_t prompt = 1,
                     uint64_t different_responses = uint64_t{1} << 32) {
  const auto n = static_cast<uint64_t>(split.groups.size());
  add(split,
      {.responses = {response(worse, 4), response(better, 3 + n % 5)},
       .label = Preferences{{.better = 1, .worse = 0}},
       .prompt_hash = prompt},
      {{.answer_length = 10, .hash = 2 * n % different_responses},
       {.answer_length = 20, .hash = (2 * n + 1) % different_responses}});
}

inline void add_rating(Split& split, int32_t reward, float score, float weight = 1,
                       uint64_t prompt = 1) {
  const auto n = static_cast<uint64_t>(split.groups.size());
  add(split,
      {.responses = {response(reward, 2 + n % 4)},
       .label = Ratings{.score = {score}, .weight = {weight}},
       .prompt_hash = prompt},
      {{.answer_length = static_cast<int64_t>(n), .hash = n}});
}

inline Split empty_split() {
  Split split;
  split.files = {"held_out.jsonl"};
  return split;
}

inline Evaluation evaluation_of(const Split& split, Scaling scaling = {}) {
  return evaluate(tenth_of_last_token, {.source = "ukp",
                                        .split = split,
                                        .scaling = {scaling},
                                        .pooling = {},
                                        .packing = {.tokens_per_micro_batch = 10}});
}

inline const Metric& metric(const MetricSet& set, const std::string& name) {
  for (const Metric& m : set.metrics) {
    if (m.name == name) return m;
  }
  throw std::out_of_range(name);
}

}  // namespace laurel
