// What `datasets` and pandas write: the same rows from every container (scripts/make_table_files.py).
#include <gmock/gmock.h>

#include "data/files/data_files.h"
#include "data/files/row_reader.h"
#include "data/tiny.h"

namespace laurel::table_files_test {
namespace {

const std::string kTables = LAUREL_SOURCE_DIR "/tests/data/files/samples/tables/";

std::vector<Json> rows_of(const std::string& name, const std::optional<std::string>& split = {}) {
  std::vector<Json> rows;
  for (const Path& file : find_data_files({{kTables + name}}, split).files) {
    RowReader reader(file.value);
    while (const auto row = reader.next()) rows.push_back(parse_raw_row(*row, reader.where(*row)));
  }
  return rows;
}

TEST(TableFiles, NamesOfClassLabelsStandWhereTheirNumbersWere) {
  const std::vector<Json> expected = rows_of("labels.jsonl");
  ASSERT_EQ(expected.size(), 6);
  EXPECT_EQ(expected[5].at("preferred"), "tie");
  for (const char* name : {"labels.parquet", "saved"}) EXPECT_EQ(rows_of(name), expected) << name;
}

TEST(TableFiles, TheSplitsOfADatasetDictAreRead) {
  const std::vector<Json> expected = rows_of("labels.jsonl");
  EXPECT_EQ(rows_of("splits", "train"), expected);
  EXPECT_EQ(rows_of("splits", "test"), std::vector<Json>(expected.begin(), expected.begin() + 2));
}

TEST(TableFiles, CellsOfTypeJsonAreValues) {
  const std::vector<Json> expected = rows_of("messages.jsonl");
  ASSERT_EQ(expected.size(), 3);
  for (const char* name : {"messages.parquet", "saved_messages"}) {
    EXPECT_EQ(rows_of(name), expected) << name;
  }
}

TEST(TableFiles, TablesOfTextsHoldTheSameTexts) {
  std::vector<Json> expected = rows_of("flat.jsonl");
  ASSERT_EQ(expected.size(), 6);
  for (const char* name : {"flat.pandas.feather", "flat.pandas.parquet"}) {
    EXPECT_EQ(rows_of(name), expected) << name;
  }
  const char* const margins[] = {"1.0", "0.5", "2.0"};
  for (size_t i = 0; i < expected.size(); ++i) expected[i]["margin"] = margins[i % 3];
  for (const char* name : {"flat.datasets.csv", "flat.pandas.csv", "flat.pandas.tsv",
                           "flat.pandas.csv.gz", "flat.pandas.csv.xz"}) {
    EXPECT_EQ(rows_of(name), expected) << name;
  }
}

}  // namespace
}  // namespace laurel::table_files_test
