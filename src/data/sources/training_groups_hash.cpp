// SHA-256 of groups, a megabyte at a time.
#include "data/sources/training_groups_hash.h"

#include "core/bytes.h"
#include "core/checksum.h"
#include "core/files.h"
#include "data/group_bytes.h"
#include "data/sources/balancing.h"

namespace laurel {

static constexpr size_t kHashedAtOnce = 1 << 20;

std::string sha256_of_training_groups(std::span<const SourceData> sources) {
  std::string digests;
  for (const SourceData& source : sources) {
    ByteWriter some;
    for (const Group& group : source.train.groups) {
      put(group, some);
      if (some.bytes().size() < kHashedAtOnce) continue;
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

std::string fingerprint_of_training_groups(std::span<const SourceData> sources) {
  ByteWriter numbers;
  for (const SourceData& source : sources) {
    numbers.value(source.train.groups.fingerprint());
    if (source.options.sampling == Sampling::uniform) continue;
    for (const auto& part : sampling_parts(source)) {
      numbers.value(checksum64(
          {reinterpret_cast<const char*>(part.data()), part.size() * sizeof(part.front())}));
    }
  }
  return sha256(numbers.bytes());
}

void renew(std::string& before, const std::string& now, std::span<const SourceData> sources) {
  if (before != now && before == sha256_of_training_groups(sources)) before = now;
}

}  // namespace laurel
