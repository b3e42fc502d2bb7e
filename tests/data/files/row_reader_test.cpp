// The same rows from every kind of file, and messages for damaged files and other kinds.
#include "data/files/row_reader.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "core/files.h"
#include "core/str.h"
#include "data/tiny.h"

namespace laurel::row_reader_test {
namespace {

using test::error_of;
using test::write_data;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kFiles = LAUREL_SOURCE_DIR "/tests/data/files/samples/";

struct Read {
  std::vector<Json> rows;
  std::vector<std::string> places;
  std::string error;  // empty: read to the end
};

Read read_all(const std::string& path, size_t max_row_bytes = kMaxRowBytes) {
  Read read;
  try {
    RowReader reader(path, max_row_bytes);
    while (const std::optional<RawRow> row = reader.next()) {
      const std::string where = reader.where(*row);
      read.places.push_back(where.substr(path.size()));
      read.rows.push_back(parse_raw_row(*row, where));
    }
    const auto size = static_cast<int64_t>(std::filesystem::file_size(path));
    EXPECT_EQ(reader.file_bytes_read(), size);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::data);
    read.error = error.message;
  }
  return read;
}

const std::vector<Json>& expected_rows() {
  static const std::vector<Json> rows = read_all(kFiles + "rows.jsonl").rows;
  return rows;
}

TEST(RowReader, ReadsTheSameRowsFromEveryKindOfFile) {
  ASSERT_EQ(expected_rows().size(), 8);
  for (const char* name :
       {"rows.jsonl.gz", "rows.jsonl.zst", "rows.jsonl.xz", "nested.none.parquet",
        "nested.snappy.parquet", "nested.gzip.parquet", "nested.zstd.parquet", "nested.lz4.parquet",
        "nested.brotli.parquet", "pages.parquet", "nested.stream.arrow", "nested.none.arrow",
        "nested.lz4.arrow", "nested.zstd.arrow"}) {
    const Read read = read_all(kFiles + name);
    EXPECT_EQ(read.error, "") << name;
    EXPECT_EQ(read.rows, expected_rows()) << name;
  }
}

TEST(RowReader, ReadsAListOfObjectsLikeLines) {
  const std::string list = Json(expected_rows()).dump(2);
  EXPECT_EQ(read_all(write_data("list.json", list)).rows, expected_rows());
  EXPECT_EQ(read_all(write_data("list.json", "\xEF\xBB\xBF\n" + list)).rows, expected_rows());
}

TEST(RowReader, NamesLinesOfLinesAndRowsOfOtherFiles) {
  EXPECT_THAT(read_all(write_data("a.jsonl", "\xEF\xBB\xBF{}\n\n{}")).places,
              ElementsAre(":1", ":3"));
  EXPECT_THAT(read_all(write_data("a.json", "[{},\n{}]")).places,
              ElementsAre(":row 1 (line 1)", ":row 2 (line 2)"));
  const Read parquet = read_all(kFiles + "nested.zstd.parquet");
  EXPECT_EQ(parquet.places.front(), ":row 1");
  EXPECT_EQ(parquet.places.back(), ":row 8");
}

TEST(RowReader, KnowsWhatEveryParquetTypeBecomes) {
  const Read read = read_all(kFiles + "types.parquet");
  const std::vector<Json> expected = read_all(kFiles + "types.jsonl").rows;
  ASSERT_EQ(read.error, "");
  ASSERT_EQ(read.rows.size(), expected.size());
  for (const auto& [name, value] : expected[1].items()) {
    EXPECT_EQ(read.rows[1].at(name), value) << name;
  }
  EXPECT_EQ(read.rows[1].size(), expected[1].size());
}

TEST(RowReader, ReadsAFileWithoutRows) {
  EXPECT_EQ(read_all(write_data("empty.jsonl", "")).error, "");
  EXPECT_EQ(read_all(write_data("empty.json", "[]")).error, "");
  EXPECT_THAT(read_all(write_data("blank.jsonl", "\n \n")).places, ElementsAre());
}

TEST(RowReader, NoticesCompressedDataThatAreCutOff) {
  for (const char* name : {"rows.jsonl.gz", "rows.jsonl.zst"}) {
    const std::string bytes = read_file(kFiles + name, ErrorKind::data);
    int64_t whole = 0;
    for (size_t size = 4; size < bytes.size(); ++size) {
      const std::string path = write_data("cut", bytes.substr(0, size));
      const Read read = read_all(path);
      if (read.error.empty()) {
        ++whole;  // between the two members
        EXPECT_EQ(read.rows.size(), 4);
        continue;
      }
      // Before the first row it may not be known yet whether rows have lines.
      EXPECT_THAT(read.error,
                  StartsWith(read.rows.empty() ? path : str(path, ":", read.rows.size() + 1)));
      EXPECT_THAT(read.error, EndsWith(" data end before they are complete; is the file cut off?"));
    }
    EXPECT_EQ(whole, 1) << name;
  }
}

TEST(RowReader, NoticesCompressedDataThatAreDamaged) {
  std::string bytes = read_file(kFiles + "rows.jsonl.gz", ErrorKind::data);
  bytes[bytes.size() - 6] ^= 1;
  EXPECT_THAT(read_all(write_data("bad.gz", bytes)).error,
              HasSubstr("bad.gz:9: found damaged gzip data ("));
  bytes = read_file(kFiles + "rows.jsonl.gz", ErrorKind::data);
  for (const std::string more : {"x", "more", "and more than the header of a member"}) {
    EXPECT_THAT(read_all(write_data("bad.gz", bytes + more)).error,
                EndsWith("bad.gz:9: found damaged gzip data "
                         "(bytes after its end that are not gzip data)"));
  }
  bytes = read_file(kFiles + "rows.jsonl.zst", ErrorKind::data) + "more";
  EXPECT_THAT(read_all(write_data("bad.zst", bytes)).error,
              HasSubstr("bad.zst:9: found damaged Zstandard data ("));
}

// pzstd begins its files so, and writes such a frame before each frame of data.
TEST(RowReader, SkipsFramesThatZstandardFilesHoldBesideTheirData) {
  const std::string bytes = read_file(kFiles + "rows.jsonl.zst", ErrorKind::data);
  for (int type = 0; type < 16; ++type) {
    const std::string frame =
        static_cast<char>(0x50 + type) + std::string("\x2A\x4D\x18\x04\0\0\0meta", 11);
    for (const std::string& file : {frame + bytes, frame + frame + bytes + frame}) {
      const Read read = read_all(write_data("skipped.zst", file));
      EXPECT_EQ(read.error, "");
      EXPECT_EQ(read.rows, expected_rows());
    }
    for (const size_t size : {4, 7, 10}) {
      EXPECT_THAT(read_all(write_data("cut.zst", frame.substr(0, size))).error,
                  EndsWith("cut.zst: the Zstandard data end before they are complete; is the file "
                           "cut off?"));
    }
  }
}

TEST(RowReader, TakesTextThatBeginsLikeAFrameForText) {
  EXPECT_THAT(read_all(write_data("text.jsonl", "P*M no frame")).error,
              HasSubstr("not valid JSON"));
  EXPECT_THAT(read_all(write_data("text.jsonl", "P")).error, HasSubstr("not valid JSON"));
}

TEST(RowReader, NoticesAParquetFileThatIsCutOffAnywhere) {
  const std::string bytes = read_file(kFiles + "nested.snappy.parquet", ErrorKind::data);
  for (size_t size = 4; size < bytes.size(); ++size) {
    const std::string path = write_data("cut.parquet", bytes.substr(0, size));
    const Read read = read_all(path);
    EXPECT_THAT(read.error, StartsWith(path + ": found Parquet data that cannot be read: "));
    EXPECT_EQ(read.rows.size(), 0);
  }
}

TEST(RowReader, EndsInAnErrorOrInRowsWhicheverByteOfAParquetFileIsDamaged) {
  const std::string bytes = read_file(kFiles + "nested.none.parquet", ErrorKind::data);
  int64_t errors = 0;
  for (size_t i = 4; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ (i % 2 == 0 ? 0xFF : 0x10));
    const Read read = read_all(write_data("damaged.parquet", damaged));
    errors += !read.error.empty();
    EXPECT_LE(read.rows.size(), 8);
  }
  EXPECT_GT(errors, 500);
}

TEST(RowReader, FindsDamageByTheChecksumsOfPages) {
  std::string bytes = read_file(kFiles + "pages.parquet", ErrorKind::data);
  const size_t value = bytes.find("w2");  // in a page's data
  ASSERT_NE(value, std::string::npos);
  bytes[value + 1] = '9';
  const std::string error = read_all(write_data("page.parquet", bytes)).error;
  EXPECT_THAT(error, HasSubstr("page.parquet:row 1: found Parquet data that cannot be read: "));
  EXPECT_THAT(error, HasSubstr("CRC"));
}

TEST(RowReader, RefusesRowsThatAreTooLong) {
  EXPECT_THAT(read_all(kFiles + "nested.none.parquet", 20).error,
              HasSubstr(":row 1: found a row of more than 20 bytes, expected a row"));
  EXPECT_THAT(read_all(kFiles + "rows.jsonl.zst", 20).error,
              HasSubstr(":1: found a line of more than 20 bytes, expected a row"));
}

TEST(RowReader, SaysWhatAFileIsThatIsNotRead) {
  const auto found = [](const std::string& bytes) {
    const std::string path = write_data("other", bytes);
    return read_all(path).error.substr(path.size());
  };
  EXPECT_EQ(found("PK\x03\x04"),
            ": expected JSONL, JSON, CSV, TSV, Arrow or Parquet, found a zip archive; extract it "
            "first");
  EXPECT_THAT(found("BZh9"), HasSubstr("found bzip2 data"));
  EXPECT_THAT(found("PARE....PARE"), HasSubstr("found an encrypted Parquet file"));
  EXPECT_THAT(found("FEA1"), HasSubstr("found a Feather file of version 1"));
  EXPECT_THAT(found("Obj\x01"), HasSubstr("found an Avro file"));
  EXPECT_THAT(found("\xFF\xFE{\x01"), HasSubstr("found UTF-16 text"));
  EXPECT_THAT(found("\xFE\xFF\x01{"), HasSubstr("found UTF-16 text"));
}

TEST(RowReader, RefusesWhatIsNoFile) {
  const auto message = [](const std::string& path) {
    return error_of(ErrorKind::data, [&] { RowReader reader(path); });
  };
  EXPECT_EQ(message("/nowhere/a.jsonl"), "/nowhere/a.jsonl: no such file");
  EXPECT_EQ(message("/"), "/: found a folder, expected a data file");
  EXPECT_THAT(message("a.xlsx"), StartsWith("a.xlsx: found a spreadsheet, expected JSONL, JSON, "));
}

// What a pipe with these bytes gives, read by the name of its descriptor.
std::string error_of_pipe(const std::string& bytes, size_t rows) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  EXPECT_EQ(::write(ends[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  std::string error;
  {
    RowReader reader(str("/dev/fd/", ends[0]));
    // The pipe stays open: these rows must come without its end.
    for (size_t i = 0; i < rows; ++i) EXPECT_TRUE(reader.next());
    ::close(ends[1]);
    error = error_of(ErrorKind::data, [&] {
      while (reader.next()) continue;
    });
  }
  ::close(ends[0]);
  return error;
}

TEST(RowReader, ReadsPipesWithoutWaitingForTheirEnd) {
  EXPECT_EQ(error_of_pipe("{\"a\": 1}\n{\"a\": 2}\n", 2), "no error");
  EXPECT_EQ(error_of_pipe("[{\"a\": 1}, {\"a\": 2}, ", 2).substr(0, 8), "/dev/fd/");
  EXPECT_EQ(error_of_pipe(read_file(kFiles + "rows.jsonl.gz", ErrorKind::data), 8), "no error");
  EXPECT_EQ(error_of_pipe(read_file(kFiles + "rows.jsonl.zst", ErrorKind::data), 8), "no error");
  EXPECT_THAT(error_of_pipe("PAR1 and more", 0),
              HasSubstr(": found Parquet data in a pipe, which is read from its end; give a "
                        "Parquet file by its name"));
}

TEST(RowReader, RefusesAParquetRowThatWouldNotFitIntoMemory) {
  EXPECT_EQ(read_all(kFiles + "long_list.parquet").error,
            kFiles +
                "long_list.parquet:row 1: found Parquet data that cannot be read: elements of "
                "a row's lists: found 3000000, expected at most 2000000");
  EXPECT_EQ(read_all(kFiles + "long_text.parquet").error,
            kFiles +
                "long_text.parquet:row 1: found Parquet data that cannot be read: bytes of a "
                "row at most: found 1000000000, expected at most 536870912");
}

TEST(RowReader, RefusesAPageHeaderThatTheParquetLibraryWouldReadForMinutes) {
  std::string bytes = read_file(kFiles + "nested.none.parquet", ErrorKind::data);
  // Behind the sizes in the first one: sets in sets, the innermost one of 2^31 - 1 UUIDs.
  bytes.replace(10, 18, "\x6A" + std::string(11, '\x3A') + "\xFD\xFF\xFF\xFF\xFF\x07");
  EXPECT_THAT(read_all(write_data("header.parquet", bytes)).error,
              EndsWith("header.parquet:row 1: found Parquet data that cannot be read: found a "
                       "damaged page header at byte 4"));
}

TEST(RowReader, RefusesAnObjectOfTooManyKeys) {
  std::string row = "{";
  for (int i = 0; i <= 2000; ++i) row += str(i > 0 ? "," : "", "\"", i, "\":0");
  EXPECT_THAT(read_all(write_data("keys.jsonl", row + "}")).error,
              EndsWith("keys.jsonl:1: found an object of more than 2000 keys"));
}

}  // namespace
}  // namespace laurel::row_reader_test
