// Lines and their numbers, and what is said of text that is no row.
#include "data/files/jsonl.h"

#include <gmock/gmock.h>

#include "data/tiny.h"
#include "support/bytes_of_text.h"

namespace laurel::jsonl_test {
namespace {

using test::bytes_of_text;
using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// "number:text" of every line, read `at_once` bytes at a time.
std::vector<std::string> lines_of(const std::string& text, size_t at_once = 1) {
  ByteStream bytes(bytes_of_text(text, at_once));
  LineReader reader(bytes);
  std::vector<std::string> lines;
  while (auto line = reader.next()) {
    lines.push_back(std::to_string(line->number) + ":" + line->text);
  }
  return lines;
}

std::string error_of_row(const std::string& text) {
  return error_of(ErrorKind::data, [&] { parse_raw_row({.number = 1, .text = text}, "a:1"); });
}

TEST(LineReader, CountsEveryLineAndSkipsBlankOnes) {
  EXPECT_THAT(lines_of("x\n\n \t\ny\n"), ElementsAre("1:x", "4:y"));
  EXPECT_THAT(lines_of("x\ny"), ElementsAre("1:x", "2:y"));
  EXPECT_THAT(lines_of(""), ElementsAre());
  EXPECT_THAT(lines_of("\n\n"), ElementsAre());
  EXPECT_THAT(lines_of("xyz\n\r\nabc", 1000), ElementsAre("1:xyz", "3:abc"));
}

TEST(LineReader, TakesAwayCarriageReturns) {
  EXPECT_THAT(lines_of("x\r\n\r\ny\r\n"), ElementsAre("1:x", "3:y"));
}

TEST(LineReader, KeepsOnlyTheBeginningOfALineThatIsTooLong) {
  for (const size_t at_once : {1, 3, 100}) {
    ByteStream bytes(bytes_of_text("0123456789\nx\n", at_once));
    LineReader reader(bytes, 4);
    const RawRow row = *reader.next();
    EXPECT_EQ(row.text, "0123");
    EXPECT_EQ(error_of(ErrorKind::data, [&] { parse_raw_row(row, location_of("a", row)); }),
              "a:1: found a line of more than 4 bytes, expected a row");
    EXPECT_EQ(reader.next()->text, "x");
  }
}

TEST(ParseRawRow, ReadsAnObject) {
  EXPECT_EQ(parse_raw_row({.number = 1, .text = R"({"a": 1})"}, "a:1").dump(), R"({"a":1})");
}

TEST(ParseRawRow, RefusesInvalidRows) {
  EXPECT_EQ(error_of_row("[1]"), "a:1: found a list, expected one JSON object per line");
  EXPECT_EQ(error_of_row("3"), "a:1: found the number 3, expected one JSON object per line");
  EXPECT_EQ(error_of_row(std::string("{\0}", 3)),
            "a:1: found a NUL byte, expected JSON text (is the file damaged?)");
  EXPECT_EQ(error_of_row("{\"a\": \"\xC3\"}"),
            "a:1: found bytes that are not UTF-8, expected JSON");
  EXPECT_EQ(
      error_of_row("{"),
      "a:1: found an object that continues on the next line, expected one object per line, or "
      "a file that is one list of objects");
  EXPECT_THAT(error_of_row(R"({"a": 1} {})"), StartsWith("a:1: not valid JSON"));
  EXPECT_THAT(error_of_row(R"({"a": "x)"), StartsWith("a:1: not valid JSON"));
  EXPECT_THAT(error_of_row(R"({"a": 1e999})"), StartsWith("a:1: "));
  EXPECT_THAT(error_of_row(R"({"a": NaN})"), StartsWith("a:1: found NaN, which JSON"));
  EXPECT_THAT(error_of_row(R"({"a": 1, "a": 2})"), HasSubstr("twice"));
}

TEST(LocationOf, NamesALineOrARow) {
  EXPECT_EQ(location_of("a.jsonl", {.number = 12}), "a.jsonl:12");
  EXPECT_EQ(location_of("a.parquet", {.number = 12, .is_line = false}), "a.parquet:row 12");
  EXPECT_EQ(location_of("a.json", {.number = 12, .is_line = false, .line = 40}),
            "a.json:row 12 (line 40)");
}

TEST(LocationId, KeepsWhetherTheNumberIsALineOrARow) {
  EXPECT_EQ(location_text(location_id({.number = 12})), "12");
  EXPECT_EQ(location_text(location_id({.number = 12, .is_line = false})), "row 12");
  EXPECT_LT(location_id({.number = (int64_t{1} << 39) - 1, .is_line = false}), uint64_t{1} << 40);
}

}  // namespace
}  // namespace laurel::jsonl_test
