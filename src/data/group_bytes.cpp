// Serialisation of groups: writing and reading side by side, so that they stay equal.
#include "data/group_bytes.h"

#include "core/files.h"
#include "data/sources/sampling.h"

namespace laurel {

namespace {

constexpr size_t kBytesAtOnce = 1 << 20;

void put(const Label& label, ByteWriter& to) {
  to.value(static_cast<uint8_t>(label.index()));
  if (const auto* scores = std::get_if<Ratings>(&label)) {
    to.list(scores->score);
    to.list(scores->weight);
    to.list(scores->deviation);
    to.list(scores->positions);
  } else if (const auto* preferences = std::get_if<Preferences>(&label)) {
    to.value(static_cast<uint64_t>(preferences->size()));
    for (const auto& [better, worse, margin, strength, target, tie, weight] : *preferences) {
      to.value(better);
      to.value(worse);
      for (const float number : {margin, strength, target, tie, weight}) to.value(number);
    }
  } else {
    const auto& ranking = std::get<Ranking>(label);
    to.list(ranking.rank);
    to.list(ranking.score);
    to.value(ranking.weight);
  }
}

Label take_label(ByteReader& from) {
  const auto kind = from.value<uint8_t>();
  if (kind == 0) {
    Ratings scores{.score = from.list<float>(), .weight = {}};
    scores.weight = from.list<float>();
    scores.deviation = from.list<float>();
    scores.positions = from.list<int32_t>();
    return scores;
  }
  if (kind == 1) {
    Preferences preferences;
    for (auto left = from.value<uint64_t>(); left > 0 && from.ok(); --left) {
      auto& [better, worse, margin, strength, target, tie, weight] = preferences.emplace_back();
      better = from.value<int32_t>();
      worse = from.value<int32_t>();
      for (float* number : {&margin, &strength, &target, &tie, &weight}) {
        *number = from.value<float>();
      }
    }
    return preferences;
  }
  if (kind != 2) return Preferences{};  // which no valid group has
  Ranking ranking{.rank = from.list<int32_t>(), .score = {}};
  ranking.score = from.list<float>();
  ranking.weight = from.value<float>();
  return ranking;
}

}  // namespace

void put(const Group& group, ByteWriter& to) {
  to.value(group.id);
  to.value(group.prompt_hash);
  put(group.label, to);
  to.value(static_cast<uint64_t>(group.responses.size()));
  for (const Response& response : group.responses) {
    to.list(response.ids);
    to.list(response.positions);
  }
}

Group take_group(ByteReader& from) {
  Group group;
  group.id = from.value<uint64_t>();
  group.prompt_hash = from.value<uint64_t>();
  group.label = take_label(from);
  for (auto left = from.value<uint64_t>(); left > 0 && from.ok(); --left) {
    auto ids = from.list<int32_t>();
    group.responses.push_back({.ids = std::move(ids), .positions = from.list<PoolRange>()});
  }
  return group;
}

std::string sha256_of_training_groups(std::span<const SourceData> sources) {
  std::string digests;
  for (const SourceData& source : sources) {
    ByteWriter some;
    for (const Group& group : source.train.groups) {
      put(group, some);
      if (some.bytes().size() < kBytesAtOnce) continue;
      digests += sha256(some.bytes());
      some = {};
    }
    digests += sha256(some.bytes());
    if (source.options.sampling == Sampling::uniform) continue;
    ByteWriter parts;  // groups are sampled by them
    for (const auto& part : sampling_parts(source)) parts.list(part);
    digests += sha256(parts.bytes());
  }
  return sha256(digests);
}

}  // namespace laurel
