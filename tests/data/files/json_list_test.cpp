// Rows of a JSON list, whatever they hold and wherever they stand.
#include "data/files/json_list.h"

#include <gmock/gmock.h>

#include "core/str.h"
#include "data/tiny.h"
#include "support/bytes_of_text.h"

namespace laurel::json_list_test {
namespace {

using test::bytes_of_text;
using testing::ElementsAre;

// "row:line:text" of every row, and last the reason why there are no more, if there is one.
std::vector<std::string> rows_of(const std::string& text, size_t at_once = 1) {
  ByteStream bytes(bytes_of_text(text, at_once));
  JsonListReader reader(bytes);
  std::vector<std::string> rows;
  try {
    while (auto row = reader.next())
      rows.push_back(str(row->number, ":", row->line, ":", row->text));
    EXPECT_FALSE(reader.next());
  } catch (const StreamError& broken) {
    rows.push_back(broken.reason);
  }
  return rows;
}

TEST(JsonListReader, FindsWhereEachRowBeginsAndEnds) {
  EXPECT_THAT(rows_of(R"([{"a": 1},{"b": [2, {}]}])"),
              ElementsAre(R"(1:1:{"a": 1})", R"(2:1:{"b": [2, {}]})"));
  EXPECT_THAT(rows_of("\n [\n\n{\"a\":\n1}\n,\r\n{} ]\n\n", 1000),
              ElementsAre("1:4:{\"a\":\n1}", "2:7:{}"));
  EXPECT_THAT(rows_of("[]"), ElementsAre());
  EXPECT_THAT(rows_of(" [ ] "), ElementsAre());
  EXPECT_THAT(rows_of(R"([1, "x" ,null])"), ElementsAre("1:1:1", "2:1:\"x\"", "3:1:null"));
}

TEST(JsonListReader, IsNotMisledByStrings) {
  EXPECT_THAT(rows_of(R"([{"a": "]},{[\"\\"}, {"b": "\\\""}])"),
              ElementsAre(R"(1:1:{"a": "]},{[\"\\"})", R"(2:1:{"b": "\\\""})"));
}

TEST(JsonListReader, KeepsOnlyTheBeginningOfARowThatIsTooLong) {
  ByteStream bytes(bytes_of_text(R"([{"a": "0123456789"}, {}])"));
  JsonListReader reader(bytes, 4);
  const RawRow row = *reader.next();
  EXPECT_EQ(test::error_of(ErrorKind::data, [&] { parse_raw_row(row, location_of("a", row)); }),
            "a:row 1 (line 1): found a row of more than 4 bytes, expected a row");
  EXPECT_EQ(reader.next()->text, "{}");
}

TEST(JsonListReader, SaysWhatIsWrongWithAList) {
  const char* const cut = "the file ends inside its list (line 1); is it cut off?";
  EXPECT_THAT(rows_of("["), ElementsAre(cut));
  EXPECT_THAT(rows_of("[{\"a"), ElementsAre(cut));
  EXPECT_THAT(rows_of("[{}"), ElementsAre(cut));
  EXPECT_THAT(rows_of("[{},"), ElementsAre("1:1:{}", cut));
  EXPECT_THAT(rows_of("[{}\n{}]"),
              ElementsAre("1:1:{}", "found '{' in line 2, expected ',' or ']' after a row"));
  EXPECT_THAT(rows_of("[{},]"), ElementsAre("1:1:{}", "found ']' in line 1, expected a row"));
  EXPECT_THAT(rows_of("[,]"), ElementsAre("found ',' in line 1, expected a row"));
  EXPECT_THAT(rows_of("[{}]\n[]"),
              ElementsAre("1:1:{}", "found '[' in line 2, expected nothing after the list"));
}

}  // namespace
}  // namespace laurel::json_list_test
