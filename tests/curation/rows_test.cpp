// Rows of a config: what is read, what is left out, and where they stand.
#include "curation/rows.h"

#include <gmock/gmock.h>

#include "curation/row_files.h"

namespace laurel::test::rows_test {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

TEST(CurationRows, NumberEqualTextsAlike) {
  const CurationRows rows = rows_of({pair_of("Q", "A", "B"), pair_of(" Q\n", "b", "A")});
  ASSERT_EQ(rows.rows.size(), 2u);
  EXPECT_EQ(rows.rows[0].prompt, rows.rows[1].prompt);
  EXPECT_EQ(rows.rows[0].responses[0], rows.rows[1].responses[1]);
  EXPECT_NE(rows.rows[0].responses[1], rows.rows[1].responses[0]);  // "B", "b"
  EXPECT_EQ(rows.texts.words(rows.rows[0].responses[1]),
            rows.texts.words(rows.rows[1].responses[0]));
  EXPECT_EQ(rows.texts.code_points(rows.rows[0].prompt), 1);
}

TEST(CurationRows, ComparePunctuationAsItIs) {
  const CurationRows rows = rows_of({pair_of("Q", "?", "!!")});
  EXPECT_NE(rows.texts.words(rows.rows[0].responses[0]),
            rows.texts.words(rows.rows[0].responses[1]));
}

TEST(CurationRows, SayTheirPlaceAndSplit) {
  const CurationRows rows =
      rows_of({pair_of("Q", "A", "B"), pair_of("R", "A", "B")}, {pair_of("S", "A", "B")});
  EXPECT_THAT(rows.where(rows.rows[1]), EndsWith("train.jsonl:2"));
  EXPECT_FALSE(rows.rows[1].eval);
  EXPECT_THAT(rows.where(rows.rows[2]), EndsWith("eval.jsonl:1"));
  EXPECT_TRUE(rows.rows[2].eval);
}

TEST(CurationRows, CountMalformedRows) {
  const CurationRows rows = rows_of({pair_of("Q", "A", "B"), {{"prompt", "Q"}, {"chosen", "A"}}});
  EXPECT_EQ(rows.rows.size(), 1u);
  EXPECT_EQ(rows.sources[0].bad, 1);
  ASSERT_EQ(rows.sources[0].bad_examples.size(), 1u);
  EXPECT_THAT(rows.sources[0].bad_examples[0], HasSubstr("train.jsonl:2"));
}

TEST(CurationRows, KnowWhoLabelledThem) {
  Json row = pair_of("Q", "A", "B");
  row["worker"] = 7;
  const CurationRows rows = rows_of({row, pair_of("R", "A", "B")}, {}, "worker");
  EXPECT_EQ(rows.rows[0].annotator, "7");
  EXPECT_EQ(rows.rows[1].annotator, "");
  EXPECT_TRUE(rows.rows[0].slices.empty());
}

TEST(CurationRows, KeepToTheLimitOfEachPart) {
  SourceOptions source = source_of(
      "ukp", PairwiseFormat{},
      {write_lines("a.jsonl", {pair_of("1", "A", "B")}),
       write_lines("b.jsonl", {pair_of("2", "A", "B"), pair_of("3", "A", "B")})},
      {write_lines("c.jsonl",
                   {pair_of("4", "A", "B"), pair_of("5", "A", "B"), pair_of("6", "A", "B")})});
  source.limit = 2;
  const CurationRows rows = read_curation_rows({source}, std::nullopt, 2);
  std::vector<std::string> prompts;
  for (const CurationRow& row : rows.rows) {
    prompts.push_back(rows.texts.normalised()[rows.texts.words(row.prompt)]);
  }
  EXPECT_THAT(prompts, ElementsAre("1 ", "2 ", "4 ", "5 "));
}

}  // namespace
}  // namespace laurel::test::rows_test
