// Arrow files and streams: every type, and damage anywhere in them.
#include "data/files/arrow.h"

#include <gmock/gmock.h>

#include "core/files.h"
#include "core/str.h"
#include "data/files/row_reader.h"
#include "data/tiny.h"

namespace laurel::arrow_test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string kFiles = LAUREL_SOURCE_DIR "/tests/data/files/samples/";

struct Read {
  std::vector<Json> rows;
  std::string error;  // empty: read to the end
};

Read read_all(const std::string& path, size_t max_row_bytes = kMaxRowBytes) {
  Read read;
  try {
    RowReader reader(path, max_row_bytes);
    while (const std::optional<RawRow> row = reader.next()) {
      read.rows.push_back(parse_raw_row(*row, reader.where(*row)));
    }
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::data);
    read.error = error.message;
  }
  return read;
}

TEST(Arrow, KnowsWhatEveryTypeBecomes) {
  const Read read = read_all(kFiles + "types.arrow");
  EXPECT_EQ(read.error, "");
  const std::vector<Json> expected = read_all(kFiles + "types.jsonl").rows;
  ASSERT_EQ(read.rows.size(), 2);
  for (const auto& [name, value] : expected[0].items())
    EXPECT_EQ(read.rows[0].at(name), value) << name;
  EXPECT_EQ(read.rows, expected);
}

TEST(Arrow, NoticesAFileThatIsCutOffAnywhere) {
  for (const char* name : {"nested.stream.arrow", "nested.lz4.arrow"}) {
    const std::string bytes = read_file(kFiles + name, ErrorKind::data);
    for (size_t size = 4; size < bytes.size(); ++size) {
      const std::string path = test::write_data("cut.arrow", bytes.substr(0, size));
      EXPECT_THAT(read_all(path).error, StartsWith(path)) << name << " " << size;
    }
  }
}

TEST(Arrow, SaysWhereAFileIsCutOff) {
  const std::string bytes = read_file(kFiles + "nested.stream.arrow", ErrorKind::data);
  const std::string path = test::write_data("cut.arrow", bytes.substr(0, bytes.size() - 100));
  EXPECT_EQ(read_all(path).error,
            path +
                ":row 7: found Arrow data that cannot be read: it ends before its last message is "
                "complete; is the file cut off?");
  EXPECT_EQ(read_all(test::write_data("more.arrow", bytes + "x")).error,
            test::write_data("more.arrow", bytes + "x") +
                ":row 9: found Arrow data that cannot be read: found bytes after its end");
}

TEST(Arrow, EndsInAnErrorOrInRowsWhicheverByteIsDamaged) {
  for (const char* name : {"nested.none.arrow", "nested.zstd.arrow"}) {
    const std::string bytes = read_file(kFiles + name, ErrorKind::data);
    int64_t errors = 0;
    for (size_t i = 4; i < bytes.size(); ++i) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (i % 2 == 0 ? 0xFF : 0x10));
      const Read read = read_all(test::write_data("damaged.arrow", damaged));
      errors += !read.error.empty();
      EXPECT_LE(read.rows.size(), 8);
    }
    EXPECT_GT(errors, 500) << name;
  }
}

TEST(Arrow, RefusesRowsThatAreTooLong) {
  EXPECT_THAT(read_all(kFiles + "nested.none.arrow", 20).error,
              HasSubstr(":row 1: found a row of more than 20 bytes, expected a row"));
}

TEST(Arrow, RefusesMessagesOfOtherSizesThanTheFileHas) {
  std::string bytes = read_file(kFiles + "nested.stream.arrow", ErrorKind::data);
  bytes[7] = 0x7F;
  EXPECT_THAT(read_all(test::write_data("size.arrow", bytes)).error,
              HasSubstr("bytes, expected at most 268435456"));
}

}  // namespace
}  // namespace laurel::arrow_test
