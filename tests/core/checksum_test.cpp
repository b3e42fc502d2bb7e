// The checksum notices what is damaged.
#include "core/checksum.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace laurel::checksum_test {
namespace {

TEST(Checksum, DiffersForEveryChangedBitAndEveryLength) {
  for (const size_t size : {1, 7, 31, 32, 33, 64, 100}) {
    std::string bytes(size, 'a');
    std::set<uint64_t> found{checksum64(bytes)};
    for (size_t bit = 0; bit < 8 * size; ++bit) {
      bytes[bit / 8] ^= static_cast<char>(1 << bit % 8);
      EXPECT_TRUE(found.insert(checksum64(bytes)).second) << size << " " << bit;
      bytes[bit / 8] ^= static_cast<char>(1 << bit % 8);
    }
    EXPECT_TRUE(found.insert(checksum64(bytes + '\0')).second);
    EXPECT_TRUE(found.insert(checksum64(bytes, 1)).second);
    EXPECT_FALSE(found.insert(checksum64(bytes)).second);
  }
  EXPECT_NE(checksum64(""), checksum64(std::string(1, '\0')));
}

TEST(Checksum, DiffersWhereWordsChangePlaces) {
  std::string one(64, 'a'), other = one;
  one[0] = other[8] = 'b';
  EXPECT_NE(checksum64(one), checksum64(other));
  std::string third(64, 'a');
  third[32] = 'b';
  EXPECT_NE(checksum64(one), checksum64(third));
}

}  // namespace
}  // namespace laurel::checksum_test
