// The longest bundle first, each to the shortest lane; then the longest lane gives away groups.
#include "data/lanes.h"

#include <algorithm>
#include <numeric>
#include <span>

namespace laurel {

namespace {

// Below this many tokens a worker's products are too small to be worth a lane.
constexpr int64_t kLeastTokens = 256;

// Of the time that perfect threads would save inside the operations of a single lane.
constexpr double kGainOfThreads = 0.7;

using Bundles = std::vector<Bundle>;

bool shorter(const Bundles& a, const Bundles& b) { return total_tokens(a) < total_tokens(b); }

std::vector<Bundles> longest_first(const Bundles& bundles, int64_t workers) {
  std::vector<size_t> order(bundles.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](size_t i) { return bundles[i].tokens(); });
  std::vector<int64_t> tokens(workers);
  std::vector<std::vector<size_t>> members(workers);
  for (const size_t i : order) {
    const auto lane = std::ranges::min_element(tokens) - tokens.begin();
    tokens[lane] += bundles[i].tokens();
    members[lane].push_back(i);
  }
  std::vector<Bundles> lanes(workers);
  for (int64_t lane = 0; lane < workers; ++lane) {
    std::ranges::sort(members[lane]);
    for (const size_t i : members[lane]) lanes[lane].push_back(bundles[i]);
  }
  return lanes;
}

Bundle bundle_of(std::span<const Group* const> groups, const Reading& reading) {
  Bundle bundle(*groups.front(), reading);
  for (const Group* group : groups.subspan(1)) bundle.add(*group);
  return bundle;
}

// Moves the last groups of the longest lane's largest bundle to the shortest lane, as many as leave
// the longer of the two shortest; false if that is no gain.
bool even_out(std::vector<Bundles>& lanes, const Reading& reading) {
  Bundles& from = *std::ranges::max_element(lanes, shorter);
  Bundles& to = *std::ranges::min_element(lanes, shorter);
  const auto cuttable = [](const Bundle& bundle) {
    return bundle.groups().size() > 1 ? bundle.tokens() : 0;
  };
  Bundle& largest = *std::ranges::max_element(from, {}, cuttable);
  const std::span<const Group* const> groups = largest.groups();
  const int64_t rest = total_tokens(from) - largest.tokens(), before = total_tokens(to);
  int64_t longest = total_tokens(from);
  size_t best = 0;
  for (size_t cut = 1; cut < groups.size(); ++cut) {
    const int64_t kept = bundle_of(groups.first(cut), reading).tokens();
    const int64_t moved = bundle_of(groups.subspan(cut), reading).tokens();
    const int64_t after = std::max(rest + kept, before + moved);
    if (after >= longest) continue;
    longest = after;
    best = cut;
  }
  if (best == 0) return false;
  to.push_back(bundle_of(groups.subspan(best), reading));
  largest = bundle_of(groups.first(best), reading);
  return true;
}

}  // namespace

std::vector<std::vector<Bundle>> lanes_of(const Bundles& bundles, int64_t workers,
                                          const Reading& reading) {
  const int64_t tokens = total_tokens(bundles);
  int64_t groups = 0;
  for (const Bundle& bundle : bundles) groups += static_cast<int64_t>(bundle.groups().size());
  if (workers <= 1 || std::min(groups, tokens / kLeastTokens) < workers) return {bundles};
  std::vector<Bundles> lanes = longest_first(bundles, workers);
  while (even_out(lanes, reading)) {
  }
  const int64_t longest = total_tokens(*std::ranges::max_element(lanes, shorter));
  const bool some_empty = std::ranges::any_of(lanes, &Bundles::empty);
  const double threads = kGainOfThreads * static_cast<double>(workers);
  if (some_empty || static_cast<double>(longest) * threads > static_cast<double>(tokens)) {
    return {bundles};
  }
  return lanes;
}

}  // namespace laurel
