// Parquet files that were made to take all time, memory or stack: each ends in a message, and soon.
#include <gmock/gmock.h>

#include <chrono>

#include "data/files/byte_stream.h"
#include "data/files/parquet.h"
#include "data/tiny.h"

namespace laurel::parquet_guard_test {
namespace {

using testing::Eq;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Why it cannot be read; empty: it can.
std::string reason_of(const std::string& path) {
  try {
    ParquetReader reader(path, 10'000);
    while (reader.next()) {
    }
  } catch (const StreamError& broken) {
    return broken.reason;
  }
  return "";
}

// A file without rows, of `footer` alone.
std::string file_of(const std::string& footer) {
  std::string size(4, '\0');
  for (int i = 0; i < 4; ++i) size[i] = static_cast<char>(footer.size() >> (8 * i));
  return test::write_data("made.parquet", "PAR1" + footer + size + "PAR1");
}

std::string varint(size_t number) {
  std::string bytes;
  for (; number >= 0x80; number >>= 7) bytes += static_cast<char>((number & 0x7F) | 0x80);
  return bytes + static_cast<char>(number);
}

// Fields 2 to 4 of a footer: groups, each in the one before it, around a column; no rows.
std::string schema_of_depth(size_t depth) {
  using std::string_literals::operator""s;
  std::string schema = "\x19\xFC" + varint(depth + 1);
  for (size_t i = 0; i < depth; ++i) schema += "\x35\x02\x18\0\x15\x02\0"s;
  return schema + "\x15\x02\x25\0\x18\x01"s + "a\0"s + "\x16\0\x19\x0C\0"s;
}

TEST(ParquetGuard, EndsEveryFileOfTheFuzzCorpusSoonAndWithAReason) {
  const auto begun = std::chrono::steady_clock::now();
  int files = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(LAUREL_SOURCE_DIR "/tests/fuzz/corpus/parquet")) {
    EXPECT_THAT(reason_of(file.path()), Not(IsEmpty())) << file.path();
    ++files;
  }
  EXPECT_GE(files, 28);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
}

TEST(ParquetGuard, RefusesASchemaThatWouldExhaustTheStack) {
  EXPECT_THAT(reason_of(file_of("\x15\x04" + schema_of_depth(3))), Eq(""));
  EXPECT_THAT(reason_of(file_of("\x15\x04" + schema_of_depth(41))),
              HasSubstr("found groups nested deeper than 40 levels"));
  EXPECT_THAT(reason_of(file_of("\x15\x04" + schema_of_depth(200'000))),
              HasSubstr("found 200001 columns and groups, expected at most 20000"));
}

TEST(ParquetGuard, RefusesASchemaThatIsHiddenInAText) {
  // The version as a text: the library reads its length as the number, then the text as fields.
  const std::string schema = schema_of_depth(200'000);
  EXPECT_THAT(reason_of(file_of("\x18" + varint(schema.size()) + schema + std::string(1, '\0'))),
              HasSubstr("the footer that describes its columns is damaged"));
}

}  // namespace
}  // namespace laurel::parquet_guard_test
