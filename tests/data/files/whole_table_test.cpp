// Tables in one JSON object, as pandas and others write them, are refused by what they are.
#include "data/files/whole_table.h"

#include <gmock/gmock.h>

#include "data/files/row_reader.h"
#include "data/tiny.h"

namespace laurel::whole_table_test {
namespace {

using testing::HasSubstr;

std::string error_of_file(const std::string& text) {
  const std::string path = test::write_data("table.json", text);
  const std::string error = test::error_of(ErrorKind::data, [&] {
    RowReader reader(path);
    while (const auto row = reader.next()) parse_raw_row(*row, reader.where(*row));
  });
  return error.starts_with(path) ? error.substr(path.size()) : error;
}

TEST(WholeTable, AnObjectOfColumnsIsNamed) {
  EXPECT_EQ(
      error_of_file(R"({"chosen":{"0":"a","1":"b"},"rejected":{"0":"c","1":"d"}})"),
      ":1: found an object of columns (\"chosen\": {\"0\": ...}, as pandas' to_json() writes "
      "it), expected one object per row; pandas' to_json(FILE, orient=\"records\", lines=True) "
      "writes one object per line");
}

TEST(WholeTable, OtherFormsOfPandasAreNamed) {
  EXPECT_THAT(
      error_of_file(R"({"columns":["a"],"index":[0],"data":[["x"]]})"),
      HasSubstr(":1: found a whole table in one object (\"columns\", \"index\" and \"data\""));
  EXPECT_THAT(error_of_file(R"({"schema":{"fields":[]},"data":[{"a":"x"}]})"),
              HasSubstr("as pandas' orient=\"table\" writes it"));
  EXPECT_THAT(
      error_of_file(R"({"0":{"a":"x","b":"y"},"1":{"a":"z","b":"y"}})"),
      HasSubstr("found an object of rows (\"0\": {...}, as pandas' orient=\"index\" writes it)"));
  EXPECT_THAT(error_of_file(R"([["x","y"]])"), HasSubstr("found a list, expected an object"));
}

TEST(WholeTable, RowsInsideAnObjectAreNamed) {
  EXPECT_EQ(
      error_of_file(R"({"data": [{"a": "x"}]})"),
      ":1: found the rows in a list \"data\" inside an object, expected the list alone, or one "
      "object per line; jq -c '.data[]' FILE writes its rows as lines");
  for (const char* text :
       {"{\n\"a\": 1}", "{\"data\": [\n{}]}", "{\"a\": 1,\n\"b\": 2}", "{\"a\":\n1}"}) {
    EXPECT_THAT(error_of_file(text),
                HasSubstr(":1: found an object that continues on the next line"));
  }
}

TEST(WholeTable, RowsAreRows) {
  for (const char* text :
       {R"({"prompt": "a", "data": ["x"]})", R"({"data": "x"})", R"({"a": {"b": "c"}})",
        R"({"a": {"0": "x"}, "b": {"0": "y", "1": "z"}})", "{}",
        "{\"a\":{\"0\":\"x\"}}\n{\"a\":{\"0\":\"x\"}}"}) {
    EXPECT_EQ(error_of_file(text), "no error") << text;
  }
}

}  // namespace
}  // namespace laurel::whole_table_test
