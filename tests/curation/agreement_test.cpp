// Agreement of annotators, worked by hand.
#include "curation/agreement.h"

#include <gmock/gmock.h>

#include "curation/row_files.h"

namespace laurel::test::agreement_test {
namespace {

using testing::IsEmpty;

Json by(Json row, const char* who) {
  row["who"] = who;
  return row;
}

std::vector<SourceAgreement> agreements_of(const CurationRows& rows) {
  return agreements(rows, compared_pairs(rows, false));
}

// Three pairs, two judgements each, of which two agree: D_o = 1/3, D_e = 1/2.
TEST(Agreement, OfJudgementsIsKrippendorffsAlphaWithEvenExpectations) {
  const CurationRows rows =
      rows_of({by(pair_of("Q", "A", "B"), "ann"), by(pair_of("Q", "A", "B"), "bob"),
               by(pair_of("R", "A", "B"), "ann"), by(pair_of("R", "A", "B"), "bob"),
               by(pair_of("S", "A", "B"), "ann"), by(pair_of("S", "B", "A"), "cy"),
               by(pair_of("T", "A", "B"), "ann")},
              {}, "who");
  const std::vector<SourceAgreement> found = agreements_of(rows);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].annotators, 3);
  EXPECT_EQ(found[0].units, 3);
  EXPECT_EQ(found[0].equal.of, 2);
  EXPECT_EQ(found[0].equal.n, 3);
  EXPECT_NEAR(*found[0].alpha, 1 - (1.0 / 3) / 0.5, 1e-12);
}

// krippendorff.alpha([[1, 3, 2], [2, 3, 4]], level_of_measurement="interval"): pairs (1,2), (3,3),
// (2,4); D_o = (1 + 0 + 4) / 3, D_e = mean squared difference of all 15 pairs of 1 3 2 2 3 4 = 2.2.
TEST(Agreement, OfScoresIsKrippendorffsAlphaForIntervals) {
  const CurationRows rows =
      ratings_of_rows({by(rating_of("Q", "A", 1), "ann"), by(rating_of("Q", "A", 2), "bob"),
                       by(rating_of("Q", "B", 3), "ann"), by(rating_of("Q", "B", 3), "bob"),
                       by(rating_of("Q", "C", 2), "ann"), by(rating_of("Q", "C", 4), "bob")},
                      "who");
  const std::vector<SourceAgreement> found = agreements_of(rows);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].units, 3);
  EXPECT_EQ(found[0].annotators, 2);
  EXPECT_NEAR(*found[0].alpha, 1 - (5.0 / 3) / 2.2, 1e-9);
}

TEST(Agreement, IsUnknownWhereRowsDoNotSayWho) {
  EXPECT_THAT(agreements_of(rows_of({pair_of("Q", "A", "B"), pair_of("Q", "A", "B")})), IsEmpty());
}

}  // namespace
}  // namespace laurel::test::agreement_test
