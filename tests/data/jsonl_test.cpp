// Lines and their numbers, and what is said of bytes that are no rows.
#include "data/jsonl.h"

#include <gmock/gmock.h>

#include <sstream>

#include "tiny.h"

namespace laurel {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// "number:text" of every line.
std::vector<std::string> lines_of(const std::string& bytes) {
  std::istringstream in(bytes);
  LineReader reader(in, "a");
  std::vector<std::string> lines;
  while (auto line = reader.next()) {
    lines.push_back(std::to_string(line->number) + ":" + line->text);
  }
  return lines;
}

std::string error_of_row(const std::string& text) {
  return error_of(ErrorKind::data, [&] { parse_line({.number = 1, .text = text}, "a:1"); });
}

TEST(LineReader, CountsEveryLineAndSkipsBlankOnes) {
  EXPECT_THAT(lines_of("x\n\n \t\ny\n"), ElementsAre("1:x", "4:y"));
  EXPECT_THAT(lines_of("x\ny"), ElementsAre("1:x", "2:y"));
  EXPECT_THAT(lines_of(""), ElementsAre());
  EXPECT_THAT(lines_of("\n\n"), ElementsAre());
}

TEST(LineReader, TakesAwayCarriageReturnsAndTheByteOrderMark) {
  EXPECT_THAT(lines_of("\xEF\xBB\xBFx\r\n\r\ny\r\n"), ElementsAre("1:x", "3:y"));
}

TEST(LineReader, CountsTheBytesItHasRead) {
  std::istringstream in("ab\r\n\nc");
  LineReader reader(in, "a");
  while (reader.next()) continue;
  EXPECT_EQ(reader.bytes_read(), 6);
}

TEST(LineReader, KeepsOnlyTheBeginningOfALineThatIsTooLong) {
  std::istringstream in("0123456789\nx\n");
  LineReader reader(in, "a", 4);
  const Line line = *reader.next();
  EXPECT_EQ(line.text, "0123");
  EXPECT_EQ(error_of(ErrorKind::data, [&] { parse_line(line, reader.where(line)); }),
            "a:1: found a line of more than 4 bytes, expected a row");
  EXPECT_EQ(reader.next()->text, "x");
}

TEST(LineReader, SaysWhatAFileIsThatIsNotJsonl) {
  const auto found = [](const std::string& bytes) {
    return error_of(ErrorKind::data, [&] { lines_of(bytes); });
  };
  EXPECT_EQ(found("\x1F\x8B\x08"), "a:1: expected JSONL, found gzip data; decompress it first");
  EXPECT_THAT(found("\x28\xB5\x2F\xFD"), HasSubstr("found Zstandard data"));
  EXPECT_THAT(found("PK\x03\x04"), HasSubstr("found a zip archive"));
  EXPECT_THAT(found("PAR1\x15"), HasSubstr("found a Parquet file"));
  EXPECT_THAT(found("\xFF\xFE{"), HasSubstr("found UTF-16 text"));
  EXPECT_THAT(found("\xFE\xFF{"), HasSubstr("found UTF-16 text"));
}

TEST(OpenDataFile, RefusesWhatIsNoFile) {
  const auto message = [](const std::string& path) {
    return error_of(ErrorKind::data, [&] { open_data_file(path); });
  };
  EXPECT_EQ(message("/nowhere/a.jsonl"), "/nowhere/a.jsonl: no such file");
  EXPECT_EQ(message("/"), "/: found a folder, expected a JSONL file");
}

TEST(ParseLine, ReadsAnObject) {
  EXPECT_EQ(parse_line({.number = 1, .text = R"({"a": 1})"}, "a:1").dump(), R"({"a":1})");
}

TEST(ParseLine, RefusesWhatIsNoRow) {
  EXPECT_EQ(error_of_row("[1]"), "a:1: found a list, expected one JSON object per line");
  EXPECT_EQ(error_of_row("3"), "a:1: found the number 3, expected one JSON object per line");
  EXPECT_EQ(error_of_row(std::string("{\0}", 3)),
            "a:1: found a NUL byte, expected JSON text (is the file damaged?)");
  EXPECT_EQ(error_of_row("{\"a\": \"\xC3\"}"),
            "a:1: found bytes that are not UTF-8, expected JSON");
  EXPECT_THAT(error_of_row(R"({"a": 1} {})"), StartsWith("a:1: not valid JSON"));
  EXPECT_THAT(error_of_row(R"({"a": "x)"), StartsWith("a:1: not valid JSON"));
  EXPECT_THAT(error_of_row(R"({"a": 1e999})"), StartsWith("a:1: "));
  EXPECT_THAT(error_of_row(R"({"a": NaN})"), StartsWith("a:1: not valid JSON"));
  EXPECT_THAT(error_of_row(R"({"a": 1, "a": 2})"), HasSubstr("twice"));
}

}  // namespace
}  // namespace laurel
