// Greedy balancing: the longest prompt group first, each to the shortest part; then the longest
// part gives groups to the shortest.
#include "data/batches/worker_parts.h"

#include <algorithm>
#include <numeric>
#include <span>

namespace laurel {

namespace {

// Below this many tokens a worker's products are too small to be worth a part of their own.
constexpr int64_t kLeastTokens = 256;

// Of the time that perfect threads would save inside the operations of a single part.
constexpr double kGainOfThreads = 0.7;

using PromptGroups = std::vector<PromptGroup>;

bool shorter(const PromptGroups& a, const PromptGroups& b) {
  return total_tokens(a) < total_tokens(b);
}

std::vector<PromptGroups> longest_first(const PromptGroups& prompt_groups, int64_t workers) {
  std::vector<size_t> order(prompt_groups.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](size_t i) { return prompt_groups[i].tokens(); });
  std::vector<int64_t> tokens(workers);
  std::vector<std::vector<size_t>> members(workers);
  for (const size_t i : order) {
    const auto part = std::ranges::min_element(tokens) - tokens.begin();
    tokens[part] += prompt_groups[i].tokens();
    members[part].push_back(i);
  }
  std::vector<PromptGroups> worker_parts(workers);
  for (int64_t part = 0; part < workers; ++part) {
    std::ranges::sort(members[part]);
    for (const size_t i : members[part]) worker_parts[part].push_back(prompt_groups[i]);
  }
  return worker_parts;
}

PromptGroup prompt_group_of(std::span<const Group* const> groups, const Pooling& pooling) {
  PromptGroup prompt_group(*groups.front(), pooling);
  for (const Group* group : groups.subspan(1)) prompt_group.add(*group);
  return prompt_group;
}

// Moves the last groups of the longest part's largest prompt group to the shortest part, as many as
// make the longer of the two shortest; false if none does.
bool even_out(std::vector<PromptGroups>& worker_parts, const Pooling& pooling) {
  PromptGroups& from = *std::ranges::max_element(worker_parts, shorter);
  PromptGroups& to = *std::ranges::min_element(worker_parts, shorter);
  const auto cuttable = [](const PromptGroup& prompt_group) {
    return prompt_group.groups().size() > 1 ? prompt_group.tokens() : 0;
  };
  PromptGroup& largest = *std::ranges::max_element(from, {}, cuttable);
  const std::span<const Group* const> groups = largest.groups();
  const int64_t rest = total_tokens(from) - largest.tokens(), before = total_tokens(to);
  int64_t longest = total_tokens(from);
  size_t best = 0;
  for (size_t cut = 1; cut < groups.size(); ++cut) {
    const int64_t kept = prompt_group_of(groups.first(cut), pooling).tokens();
    const int64_t moved = prompt_group_of(groups.subspan(cut), pooling).tokens();
    const int64_t after = std::max(rest + kept, before + moved);
    if (after >= longest) continue;
    longest = after;
    best = cut;
  }
  if (best == 0) return false;
  to.push_back(prompt_group_of(groups.subspan(best), pooling));
  largest = prompt_group_of(groups.first(best), pooling);
  return true;
}

}  // namespace

std::vector<std::vector<PromptGroup>> split_among_workers(const PromptGroups& prompt_groups,
                                                          int64_t workers, const Pooling& pooling) {
  const int64_t tokens = total_tokens(prompt_groups);
  int64_t groups = 0;
  for (const PromptGroup& prompt_group : prompt_groups)
    groups += static_cast<int64_t>(prompt_group.groups().size());
  if (workers <= 1 || std::min(groups, tokens / kLeastTokens) < workers) return {prompt_groups};
  std::vector<PromptGroups> worker_parts = longest_first(prompt_groups, workers);
  while (even_out(worker_parts, pooling)) {
  }
  const int64_t longest = total_tokens(*std::ranges::max_element(worker_parts, shorter));
  const bool some_empty = std::ranges::any_of(worker_parts, &PromptGroups::empty);
  const double threads = kGainOfThreads * static_cast<double>(workers);
  if (some_empty || static_cast<double>(longest) * threads > static_cast<double>(tokens)) {
    return {prompt_groups};
  }
  return worker_parts;
}

}  // namespace laurel
