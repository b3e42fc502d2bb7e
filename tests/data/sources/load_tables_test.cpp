// Tables that `datasets` and pandas wrote give the groups of the JSONL file with the same rows; rows
// that make several groups, and rows that make one together, are counted.
#include <gmock/gmock.h>

#include "core/str.h"
#include "data/files/data_files.h"
#include "data/tiny.h"

namespace laurel::load_tables_test {
namespace {

using test::context_of;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kTables = LAUREL_SOURCE_DIR "/tests/data/files/samples/tables/";

SourceData load(const SourceOptions& options) { return load_source(options, 0, context_of()); }

std::vector<std::string> groups_of(const SourceData& data) {
  std::vector<std::string> texts;
  for (Group group : data.train.groups) {
    group.id = 0;  // the file
    texts.push_back(test::text_of(group));
  }
  return texts;
}

std::vector<std::string> groups_of_table(const std::string& name,
                                         const std::optional<std::string>& split = {}) {
  SourceOptions options = test::pairs_from({});
  options.train = find_data_files({{kTables + name}}, split).files;
  return groups_of(load(options));
}

TEST(LoadTables, NamesOfClassLabelsAreLabels) {
  const std::vector<std::string> expected = groups_of_table("labels.jsonl");
  ASSERT_EQ(expected.size(), 6);
  EXPECT_EQ(groups_of_table("labels.parquet"), expected);
  EXPECT_EQ(groups_of_table("saved"), expected);
  EXPECT_EQ(groups_of_table("splits", "train"), expected);
}

TEST(LoadTables, NumbersInTextsAreNumbersWhereTheyAreWanted) {
  const std::vector<std::string> expected = groups_of_table("flat.jsonl");
  ASSERT_EQ(expected.size(), 6);
  for (const char* name :
       {"flat.datasets.csv", "flat.pandas.csv", "flat.pandas.tsv", "flat.pandas.csv.gz",
        "flat.pandas.csv.xz", "flat.pandas.feather", "flat.pandas.parquet"}) {
    EXPECT_EQ(groups_of_table(name), expected) << name;
  }
}

TEST(LoadTables, OtherTextsAreNoNumbers) {
  const auto error = [](const std::string& margin) {
    const std::string file = test::write_data(
        "margin.csv", "prompt,chosen,rejected,margin\nw1, w2, w3," + margin + "\n");
    return test::error_of(ErrorKind::data, [&] { load(test::pairs_from({file})); });
  };
  EXPECT_THAT(error("NA"),
              HasSubstr("margin.csv:2: found a string for \"margin\", expected a number"));
  for (const char* text : {"1e999", "1 ", "0x1", "1_0", "nan", "inf", "\"1,5\"", "--1"}) {
    EXPECT_THAT(error(text), HasSubstr("expected a number")) << text;
  }
  EXPECT_EQ(error("-1.5e0"), "no error");
}

TEST(LoadTables, RaggedRowsAreMalformedRows) {
  const std::string file =
      test::write_data("ragged.csv", "prompt,chosen,rejected\nw1, w2, w3\nw1, w2\nw1, w3, w4\n");
  const SourceData data = load_source(test::pairs_from({file}), 0, context_of({.bad_rows = 1}));
  EXPECT_EQ(data.train.report.rows, 3);
  EXPECT_EQ(data.train.report.bad, 1);
  EXPECT_THAT(data.warnings, Contains(HasSubstr("ragged.csv:3: found 2 cells, expected 3")));
  EXPECT_EQ(data.train.where(data.train.groups[1].id), file + ":4");
}

const char* const kWalk =
    R"({"question":{"problem":"w1"},"label":{"steps":[{"completions":[{"text":"w2","rating":1},)"
    R"({"text":"w3","rating":-1},{"text":"w4","rating":0}],"chosen_completion":0}]}})";

TEST(LoadTables, ARowThatMakesSeveralGroupsKeepsItsLine) {
  const std::string file = test::write_data("prm.jsonl", str(kWalk, "\n\n", kWalk, "\n"));
  SourceOptions options = test::ratings_from(file);
  options.format = SegmentsFormat{};
  options.expand = Expand::prm800k;
  const SourceData data = load(options);
  EXPECT_EQ(data.train.report.rows, 4);
  EXPECT_EQ(data.train.report.used, 4);
  EXPECT_THAT(data.notes, Contains("source ukp: 2 rows made 4 groups (expand: prm800k)"));
  std::vector<std::string> places;
  for (const Group& group : data.train.groups) places.push_back(data.train.where(group.id));
  EXPECT_THAT(places, ElementsAre(file + ":1", file + ":1", file + ":3", file + ":3"));
}

TEST(LoadTables, LinesThatBelongTogetherMakeAGroup) {
  const std::string file = test::write_data(
      "nemo.jsonl",
      "{\"text\": \"w1 w2\"}\n{\"text\": \"w1 w3\"}\n{\"text\": \"w4 w5\"}\n{\"text\": \"w4 w6\"}\n");
  SourceOptions options = test::pairs_from({file});
  options.rows_per_group = 2;
  options.rows.map = {{"chosen", "rows[0].text"}, {"rejected", "rows[1].text"}};
  const SourceData data = load(options);
  const SourceData plain = load(test::pairs_from({test::write_data(
      "plain.jsonl",
      "{\"chosen\": \"w1 w2\", \"rejected\": \"w1 w3\"}\n{\"chosen\": \"w4 w5\", \"rejected\": \"w4 w6\"}\n")}));
  EXPECT_EQ(groups_of(data), groups_of(plain));
  EXPECT_EQ(data.train.where(data.train.groups[1].id), file + ":3");
}

TEST(LoadTables, RulesOfGrouping) {
  SourceOptions options = test::pairs_from({"a.jsonl"});
  options.expand = Expand::oasst;
  options.rows_per_group = 2;
  EXPECT_THAT(problems_in_source(options),
              ElementsAre("expand: found oasst with the format pairwise, expected ranked",
                          "rows_per_group: found together with expand, expected one of the two"));
  options = test::pairs_from({}, {"a.jsonl"});
  options.split = "train";
  EXPECT_THAT(problems_in_source(options),
              Contains(HasSubstr("split: found on a source without train")));
}

}  // namespace
}  // namespace laurel::load_tables_test
