// Four lanes of multiply and rotate, as in xxHash, each a bijection of its word, so that any single
// changed word changes the result.
#include "core/checksum.h"

#include <bit>
#include <cstring>

#include "core/random.h"

namespace laurel {

uint64_t checksum64(std::string_view bytes, uint64_t before) {
  constexpr uint64_t kOdd = 0x9E3779B185EBCA87u, kOther = 0xC2B2AE3D27D4EB4Fu;
  uint64_t lanes[4] = {before + kOdd, before ^ kOther, before, before - kOdd};
  const auto take = [](uint64_t lane, uint64_t word) {
    return std::rotl(lane + word * kOther, 31) * kOdd;
  };
  const size_t size = bytes.size();
  for (; bytes.size() >= sizeof(lanes); bytes.remove_prefix(sizeof(lanes))) {
    uint64_t words[4];
    std::memcpy(words, bytes.data(), sizeof(words));
    for (int i = 0; i < 4; ++i) lanes[i] = take(lanes[i], words[i]);
  }
  uint64_t rest[4] = {};
  if (!bytes.empty()) std::memcpy(rest, bytes.data(), bytes.size());
  uint64_t sum = mix64(size);
  for (int i = 0; i < 4; ++i) sum = mix64(sum ^ take(lanes[i], rest[i]));
  return sum;
}

}  // namespace laurel
