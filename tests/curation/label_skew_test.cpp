// Label skew: shares with intervals, and what is a finding.
#include "curation/label_skew.h"

#include <gmock/gmock.h>

#include "curation/row_files.h"

namespace laurel::test::label_skew_test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// `longer` of `n` pairs prefer the longer response; those at even places have the slice "a".
std::vector<Json> pairs_preferring_longer(int longer, int n) {
  std::vector<Json> rows;
  for (int i = 0; i < n; ++i) {
    const std::string number = std::to_string(i);
    rows.push_back(i < longer
                       ? pair_of("Q" + number, "a longer answer " + number, "short " + number)
                       : pair_of("Q" + number, "short " + number, "a longer answer " + number));
    rows.back()["part"] = i % 2 == 0 ? "a" : "b";
  }
  return rows;
}

// scipy.stats.binomtest(86, 100).proportion_ci(.9545, method="wilson"): .7769 to .9153 at z = 2;
// by hand: centre (.86 + 4 / 200) / 1.04 = .84615, half 2 sqrt(.86 * .14 / 100 + 4 / 40000) / 1.04.
TEST(Shares, HaveWilsonsInterval) {
  const Share share = share_of(86, 100, 2);
  EXPECT_DOUBLE_EQ(share.value, 0.86);
  EXPECT_NEAR(share.low, 0.84615 - 0.06944, 1e-4);
  EXPECT_NEAR(share.high, 0.84615 + 0.06944, 1e-4);
  EXPECT_EQ(share_of(0, 0).high, 1);
  EXPECT_EQ(share_text(share_of(86, 100, 2), "pair"), "86 % (78 to 92 %, 100 pairs)");
}

TEST(LabelSkew, OfLengthIsAFindingFromThreeQuartersOn) {
  const auto findings_of = [](int longer) {
    return skew_findings(label_groups(rows_of(pairs_preferring_longer(longer, 400))));
  };
  EXPECT_THAT(findings_of(320), IsEmpty());  // 80 %, the interval reaches below 75 %
  const std::vector<Finding> findings = findings_of(360);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].kind, "length_skew");
  EXPECT_EQ(findings[0].grade, Grade::warning);
  EXPECT_THAT(findings[0].text, HasSubstr("90 % (85 to 94 %, 400 judgements) prefer the longer"));
  ASSERT_THAT(findings_of(40), SizeIs(1));
}

TEST(LabelSkew, OfFewRowsSaysNothing) {
  EXPECT_THAT(skew_findings(label_groups(rows_of(pairs_preferring_longer(40, 40)))), IsEmpty());
}

TEST(LabelSkew, OfPositionIsReadOfRowsWhoseOrderSaysNothing) {
  std::vector<Json> rows;
  for (int i = 0; i < 200; ++i) {
    const std::string number = std::to_string(i);
    rows.push_back({{"prompt", "Q" + number},
                    {"response_a", "A" + number},
                    {"response_b", "B" + number},
                    {"preferred", i % 4 == 0 ? "b" : "a"}});
  }
  const std::vector<LabelGroup> groups = label_groups(rows_of(rows));
  EXPECT_DOUBLE_EQ(groups[0].first.value, 0.75);
  ASSERT_THAT(skew_findings(groups), SizeIs(1));
  EXPECT_EQ(skew_findings(groups)[0].kind, "position_skew");
  EXPECT_EQ(label_groups(rows_of({pair_of("Q", "A", "B")}))[0].first.n, 0);
}

TEST(LabelSkew, OfASliceIsComparedWithTheOthers) {
  std::vector<Json> rows = pairs_preferring_longer(200, 400);
  for (Json& row : rows)
    row["part"] = row["chosen"].get<std::string>().starts_with("short") ? "s" : "l";
  SourceOptions source = source_of("ukp", PairwiseFormat{}, {write_lines("train.jsonl", rows)});
  source.slices = {"part"};
  const std::vector<LabelGroup> groups =
      label_groups(read_curation_rows({source}, std::nullopt, 1));
  ASSERT_THAT(groups, SizeIs(3));
  EXPECT_EQ(groups[1].field, "part");
  EXPECT_EQ(groups[1].value, "\"l\"");
  EXPECT_DOUBLE_EQ(groups[1].longer.value, 1);
  const std::vector<Finding> findings = skew_findings(groups);
  ASSERT_THAT(findings, SizeIs(2));
  EXPECT_EQ(findings[0].kind, "slice_skew");
  EXPECT_THAT(findings[0].text, HasSubstr("part \"l\": 100 %"));
}

TEST(LabelSkew, OfAnAnnotatorWhoScoresLowIsAFinding) {
  std::vector<Json> rows;
  for (int i = 0; i < 300; ++i) {
    rows.push_back(rating_of("Q", "answer " + std::to_string(i), i % 3 + (i % 2 == 0 ? 0 : 3)));
    rows.back()["who"] = i % 2 == 0 ? "harsh" : "kind";
  }
  const std::vector<LabelGroup> groups = label_groups(ratings_of_rows(rows, "who"));
  ASSERT_THAT(groups, SizeIs(3));
  EXPECT_DOUBLE_EQ(groups[0].mean, 2.5);
  EXPECT_DOUBLE_EQ(groups[1].mean, 1);
  const std::vector<Finding> findings = skew_findings(groups);
  ASSERT_THAT(findings, SizeIs(2));
  EXPECT_EQ(findings[0].kind, "annotator_skew");
  EXPECT_THAT(findings[0].text, HasSubstr("annotator \"harsh\": mean score 1, of all 2.5"));
}

TEST(LabelSkew, OfScoresThatFollowLengthIsAFinding) {
  std::vector<Json> rows;
  for (int i = 0; i < 60; ++i) {
    rows.push_back(rating_of("Q", std::string(i + 1, 'x') + std::to_string(i % 7), i));
  }
  const std::vector<Finding> findings = skew_findings(label_groups(ratings_of_rows(rows)));
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_THAT(findings[0].text, HasSubstr("rank correlation 1"));
}

}  // namespace
}  // namespace laurel::test::label_skew_test
