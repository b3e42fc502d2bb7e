// Different responses by their tokens, a few thousand at a time through the backbone.
#include "curation/response_features.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "eval/evaluate.h"

namespace laurel {

namespace {

constexpr size_t kAtOnce = 2048;  // bounds the memory of their features in fp64

std::string_view bytes_of(const std::vector<int32_t>& ids) {
  return {reinterpret_cast<const char*>(ids.data()), ids.size() * sizeof(int32_t)};
}

// The different responses, each as a group without labels; those of a prompt one after the other.
struct Different {
  std::vector<Group> groups;
  std::vector<std::vector<int64_t>> of_responses;
};

Different different_responses(size_t groups, const GroupFunction& group_of) {
  Different out;
  std::unordered_map<std::string_view, int64_t> known;  // views of the tokens in `out`
  for (size_t i = 0; i < groups; ++i) {
    Group group = group_of(i);
    std::vector<int64_t>& rows = out.of_responses.emplace_back();
    for (Response& response : group.responses) {
      const auto found = known.find(bytes_of(response.ids));
      if (found != known.end()) {
        rows.push_back(found->second);
        continue;
      }
      rows.push_back(std::ssize(out.groups));
      Group& own = out.groups.emplace_back();
      own.responses.push_back(std::move(response));
      own.label = Ratings{.score = {0}, .weight = {0}};
      own.id = out.groups.size() - 1;
      own.prompt_hash = group.prompt_hash;
      // A vector's elements stay where they are when the vector is moved.
      known.emplace(bytes_of(own.responses[0].ids), rows.back());
    }
  }
  return out;
}

// Adds to each response the range of its own tokens, or, where all tokens see each other, of all.
void add_mean_positions(std::vector<Group>& groups, bool causal) {
  struct Prompt {
    const Response* first;
    size_t shared;
  };
  std::unordered_map<uint64_t, Prompt> prompts;
  for (const Group& group : groups) {
    const Response& response = group.responses[0];
    const auto [at, is_new] =
        prompts.try_emplace(group.prompt_hash, Prompt{&response, response.ids.size()});
    if (is_new) continue;
    const auto& first = at->second.first->ids;
    const auto ends = std::ranges::mismatch(first, response.ids);
    at->second.shared = std::min(at->second.shared, static_cast<size_t>(ends.in1 - first.begin()));
  }
  for (Group& group : groups) {
    Response& response = group.responses[0];
    const PoolRange last = response.positions.back();
    const auto begin = static_cast<int32_t>(prompts.at(group.prompt_hash).shared);
    response.positions = {last, {std::min(begin, last.begin), last.end}};
    if (!causal) response.positions[1] = {0, static_cast<int32_t>(response.ids.size())};
    group.label = Ratings{.score = {0, 0}, .weight = {0, 0}};
  }
}

}  // namespace

ResponseFeatures response_features(const FeatureFunction& features, size_t groups,
                                   const GroupFunction& group, const Pooling& pooling,
                                   const PackOptions& packing) {
  Different different = different_responses(groups, group);
  if (pooling.rule != PoolingRule::mean) add_mean_positions(different.groups, pooling.causal);
  std::ranges::stable_sort(different.groups, {}, &Group::prompt_hash);
  ResponseFeatures out{.values = {}, .of_responses = std::move(different.of_responses)};
  const std::span<const Group> all = different.groups;
  for (size_t begin = 0; begin < all.size(); begin += kAtOnce) {
    const auto some = all.subspan(begin, std::min(kAtOnce, all.size() - begin));
    const auto values = score_groups(features, some, pooling, packing);
    if (!out.values.defined()) {
      out.values = at::empty(
          {static_cast<int64_t>(all.size()), static_cast<int64_t>(values[0].size())}, at::kFloat);
    }
    for (size_t i = 0; i < some.size(); ++i) {
      std::ranges::copy(values[i], out.values.mutable_data_ptr<float>() +
                                       static_cast<int64_t>(some[i].id) * out.values.size(1));
    }
  }
  return out;
}

}  // namespace laurel
