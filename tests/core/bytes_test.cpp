// Bytes: what is written is read, and nothing is read that is not there.
#include "core/bytes.h"

#include <gmock/gmock.h>

namespace laurel::bytes_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Bytes, AreReadInTheOrderInWhichTheyWereWritten) {
  ByteWriter writer;
  writer.value(int32_t{-7});
  writer.list(std::vector<float>{0.5f, -2});
  writer.text("a\n");
  writer.list(std::vector<uint64_t>{});
  ByteReader reader(writer.bytes());
  EXPECT_EQ(reader.value<int32_t>(), -7);
  EXPECT_THAT(reader.list<float>(), ElementsAre(0.5f, -2));
  EXPECT_EQ(reader.text(), "a\n");
  EXPECT_FALSE(reader.at_end());
  EXPECT_THAT(reader.list<uint64_t>(), IsEmpty());
  EXPECT_TRUE(reader.at_end());
}

TEST(Bytes, ReportTruncationByOk) {
  ByteWriter writer;
  writer.list(std::vector<int32_t>{1, 2, 3});
  for (size_t size = 0; size < writer.bytes().size(); ++size) {
    ByteReader reader(std::string_view(writer.bytes()).substr(0, size));
    EXPECT_THAT(reader.list<int32_t>(), IsEmpty()) << size;
    EXPECT_FALSE(reader.ok());
    EXPECT_FALSE(reader.at_end());
    EXPECT_EQ(reader.value<uint8_t>(), 0);
  }
}

TEST(Bytes, AreNotAllocatedForAnImpossibleSize) {
  ByteWriter writer;
  writer.value(uint64_t{1} << 61);  // elements, 8 bytes each: 0 in 64 bits
  ByteReader reader(writer.bytes());
  EXPECT_THAT(reader.list<uint64_t>(), IsEmpty());
  EXPECT_FALSE(reader.ok());
}

}  // namespace
}  // namespace laurel::bytes_test
