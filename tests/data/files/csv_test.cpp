// Tables of texts: what the quotes of RFC 4180 hold, and what is refused by its line.
#include "data/files/csv.h"

#include <gmock/gmock.h>

#include "core/str.h"
#include "data/files/row_reader.h"
#include "data/tiny.h"
#include "support/bytes_of_text.h"

namespace laurel::csv_test {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;

struct Read {
  std::vector<std::string> rows, places;
  std::string error;  // of the file or of the first row that is none
};

Read read(const std::string& text, const std::string& name = "t.csv") {
  Read read;
  const std::string path = test::write_data(name, text);
  try {
    RowReader reader(path);
    while (const std::optional<RawRow> row = reader.next()) {
      const std::string where = reader.where(*row);
      read.places.push_back(where.substr(path.size()));
      read.rows.push_back(parse_raw_row(*row, where).dump());
    }
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::data);
    read.error = error.message.substr(path.size());
  }
  return read;
}

TEST(Csv, CellsAreStringsUnderTheNamesOfTheHeader) {
  EXPECT_THAT(read("prompt,score\nWhat?,4\n").rows,
              ElementsAre(R"({"prompt":"What?","score":"4"})"));
  EXPECT_THAT(read("a\tb\n1,5\tx\n", "t.tsv").rows, ElementsAre(R"({"a":"1,5","b":"x"})"));
}

TEST(Csv, EmptyCellsAreNull) {
  EXPECT_THAT(read("a,b,c\n,\"\",x\n").rows, ElementsAre(R"({"a":null,"b":null,"c":"x"})"));
  EXPECT_THAT(read("a,b\nNA,null\n").rows, ElementsAre(R"({"a":"NA","b":"null"})"));
}

TEST(Csv, QuotedCellsHoldSeparatorsQuotesAndLineBreaks) {
  const Read found = read("a,b\n\"x, \"\"y\"\"\",\"1\n2\r\n3\"\nlast,z\n");
  EXPECT_THAT(found.rows, ElementsAre("{\"a\":\"x, \\\"y\\\"\",\"b\":\"1\\n2\\r\\n3\"}",
                                      R"({"a":"last","b":"z"})"));
  EXPECT_THAT(found.places, ElementsAre(":2", ":5"));  // where they begin
  EXPECT_THAT(read("a,b\n\"\"\"\",\"\"\"\"\"\"\n").rows, ElementsAre(R"({"a":"\"","b":"\"\""})"));
}

TEST(Csv, AQuoteInsideAPlainCellIsText) {
  EXPECT_THAT(read("a,b\n5\" disk, \"c\"\n").rows,
              ElementsAre("{\"a\":\"5\\\" disk\",\"b\":\" \\\"c\\\"\"}"));
}

TEST(Csv, LinesEndAsAnySystemEndsThem) {
  for (const char* text : {"a,b\r\n1,2\r\n3,4\r\n", "a,b\r1,2\r3,4",
                           "\xEF\xBB\xBF"
                           "a,b\n1,2\n\n3,4"}) {
    EXPECT_THAT(read(text).rows, ElementsAre(R"({"a":"1","b":"2"})", R"({"a":"3","b":"4"})"));
  }
  EXPECT_THAT(read("a,b\n\n1,2\n\n").places, ElementsAre(":3"));
}

TEST(Csv, AFileWithoutRowsHasNone) {
  EXPECT_EQ(read("").error, "");
  EXPECT_THAT(read("").rows, ElementsAre());
  EXPECT_THAT(read("a,b\n").rows, ElementsAre());
}

TEST(Csv, ReadsTheSameFromReadsOfAnySize) {
  const std::string text = "a,b\r\n\"x\"\"\r\n,\",2\r\n\"\"\"\",\"\"\r\n";
  for (size_t at_once = 1; at_once < 12; ++at_once) {
    ByteStream bytes(test::bytes_of_text(text, at_once));
    CsvReader reader(bytes, ',');
    EXPECT_EQ(reader.next()->text, "{\"a\":\"x\\\"\\u000d\\u000a,\",\"b\":\"2\"}") << at_once;
    EXPECT_EQ(reader.next()->text, "{\"a\":\"\\\"\",\"b\":null}");
    EXPECT_FALSE(reader.next());
  }
}

TEST(Csv, RefusesAHeaderThatDoesNotNameEveryColumnOnce) {
  EXPECT_EQ(read(",a\n0,x\n").error,
            ":1: found no name for column 1 (columns: , a), expected a header that names every "
            "column; pandas writes such a column without index=False");
  EXPECT_EQ(read("a,b,a\n1,2,3\n").error,
            ":1: found the column \"a\" twice, expected a header with different names");
  EXPECT_EQ(read("a;b\n1;2\n").error,
            ":1: found one column, \"a;b\", expected names between commas; name the file .tsv if "
            "it has tabs, and write it with commas if it has others");
  EXPECT_THAT(
      read("a,b\n1,2\n", "t.tsv").error,
      HasSubstr("found one column, \"a,b\", expected names between tabs; name the file .csv"));
}

TEST(Csv, RefusesARowWithMoreOrFewerCells) {
  const Read found = read("a,b\n1,2\n3\n4,5,6\n");
  EXPECT_THAT(found.rows, testing::SizeIs(1));
  EXPECT_EQ(found.error,
            ":3: found 1 cell, expected 2 as the header has (a cell with commas or line breaks in "
            "it stands in quotes)");
}

TEST(Csv, GoesOnAfterARowWithMoreOrFewerCells) {
  ByteStream bytes(test::bytes_of_text("a,b\n1\n2,3\n", 100));
  CsvReader reader(bytes, ',');
  EXPECT_THAT(reader.next()->problem, HasSubstr("found 1 cell"));
  EXPECT_EQ(reader.next()->text, R"({"a":"2","b":"3"})");
}

TEST(Csv, RefusesQuotesThatAreNotClosedByTheirLine) {
  EXPECT_EQ(read("a,b\nx,y\n1,\"2\n3,4\n").error,
            ":3: found a quote that is not closed (\" inside a quoted cell is written twice)");
  EXPECT_EQ(read("a,b\n\"1\n2\",\"3\n").error,
            ":2: in line 3: found a quote that is not closed (\" inside a quoted cell is written "
            "twice)");
  EXPECT_EQ(read("a,b\n\"1\" x,2\n").error,
            ":2: found text after a closing quote, expected commas or the end of the line (\" "
            "inside a quoted cell is written twice)");
}

// Python's csv reads the first as two rows.
TEST(Csv, RefusesACellOfATsvThatHasSwallowedRows) {
  const std::string rows = "\"What is it\ta\tb\nx\ty\tz\nx\ty\tz\nwho said this\"\tc\td\n";
  const std::string problem =
      ", with the tabs of several rows in it, as of a file that does not quote, expected a cell of "
      "one row; write a cell that begins with \" in quotes, with each \" in it twice (RFC 4180), "
      "or convert the file to JSONL";
  EXPECT_EQ(read("prompt\tchosen\trejected\n" + rows + "x\ty\tz\n", "t.tsv").error,
            ":2: found a quoted cell over 4 lines, closed in line 5" + problem);
  EXPECT_EQ(read("a\tb\n\"1\n2\"\t\"3\r\n4\t5\"\n", "t.tsv").error,
            ":2: in line 3: found a quoted cell over 2 lines, closed in line 4" + problem);
  EXPECT_EQ(read("a\tb\n\"1\tx\n2\ty\n3\"\tz\n", "t.tsv").error,
            ":2: found a quoted cell over 3 lines, closed in line 4" + problem);
  EXPECT_EQ(read("a\tb\n1\t\"x\n2\ty\n3\t4\"\n", "t.tsv").error,
            ":2: found a quoted cell over 3 lines, closed in line 4" + problem);
  EXPECT_EQ(read("\"a\tb\n1\"\tx\n", "t.tsv").error,
            ":1: found a quoted cell over 2 lines, closed in line 2" + problem);
}

// As pandas writes them.
TEST(Csv, ACellOfATsvMayBeCode) {
  EXPECT_THAT(read("a\tb\n1\t\"if x:\n\tif y:\n\t\tz()\n\"\n2\tx\n", "t.tsv").rows,
              ElementsAre("{\"a\":\"1\",\"b\":\"if x:\\n\\tif y:\\n\\t\\tz()\\n\"}",
                          R"({"a":"2","b":"x"})"));
  EXPECT_THAT(read("a\tb\n\"if x:\n\ty()\"\t1\n", "t.tsv").rows,
              ElementsAre("{\"a\":\"if x:\\n\\ty()\",\"b\":\"1\"}"));
  EXPECT_THAT(read("a\tb\tc\n1\t2\t\"x\n\ty\nz\"\n", "t.tsv").rows,
              ElementsAre("{\"a\":\"1\",\"b\":\"2\",\"c\":\"x\\n\\ty\\nz\"}"));
  EXPECT_THAT(read("a\tb\n1\t\"3\t4\r5\"\n", "t.tsv").rows,
              ElementsAre("{\"a\":\"1\",\"b\":\"3\\t4\\r5\"}"));
}

TEST(Csv, ACellOfATsvHoldsTabsOrLineBreaks) {
  EXPECT_THAT(read("a\tb\n\"1\n2\"\t\"3\t4\"\n", "t.tsv").rows,
              ElementsAre("{\"a\":\"1\\n2\",\"b\":\"3\\t4\"}"));
  EXPECT_THAT(read("a,b\n\"1,\t\n2\",3\n").rows, ElementsAre("{\"a\":\"1,\\t\\n2\",\"b\":\"3\"}"));
}

TEST(Csv, RefusesTheSameFromReadsOfAnySize) {
  for (size_t at_once = 1; at_once < 12; ++at_once) {
    ByteStream bytes(test::bytes_of_text("a\tb\n\"1\t2\r\n3\"\t4\n", at_once));
    CsvReader reader(bytes, '\t');
    try {
      reader.next();
      ADD_FAILURE() << at_once;
    } catch (const StreamError& error) {
      EXPECT_THAT(error.reason, HasSubstr("over 2 lines, closed in line 3")) << at_once;
    }
  }
}

TEST(Csv, RefusesBytesThatAreNoText) {
  EXPECT_THAT(read("a\n\xFF\n").error, HasSubstr(":2: found"));
  EXPECT_THAT(read(std::string("a\nx\0y\n", 6)).error, HasSubstr(":2: found a NUL byte"));
}

TEST(Csv, ARowThatIsTooLongIsNotKept) {
  const std::string text =
      "a,b\n" + std::string(5000, 'x') + ",\"" + std::string(5000, '\n') + "\"\n1,2\n";
  ByteStream bytes(test::bytes_of_text(text, 64));
  CsvReader reader(bytes, ',', 1000);
  const std::optional<RawRow> row = reader.next();
  EXPECT_TRUE(row->too_long);
  EXPECT_EQ(row->text.size(), 1000);
  EXPECT_THAT(error_of(ErrorKind::data, [&] { parse_raw_row(*row, "t.csv:2"); }),
              HasSubstr("t.csv:2: found a line of more than 1000 bytes"));
  EXPECT_EQ(reader.next()->text, R"({"a":"1","b":"2"})");
  EXPECT_EQ(reader.number(), 5003);
}

TEST(Csv, ALineOfSeparatorsAloneIsTooLong) {
  ByteStream bytes(test::bytes_of_text("a,b\n" + std::string(1'000'000, ',') + "\n1,2\n"));
  CsvReader reader(bytes, ',');
  EXPECT_TRUE(reader.next()->too_long);
  EXPECT_EQ(reader.next()->text, R"({"a":"1","b":"2"})");
}

}  // namespace
}  // namespace laurel::csv_test
