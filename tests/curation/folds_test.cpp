// Components of rows with texts in common, and the folds that they go to.
#include "curation/folds.h"

#include <gmock/gmock.h>

namespace laurel::folds_test {
namespace {

using testing::ElementsAre;

TEST(Folds, RowsWithATextInCommonAreOneComponentAlsoByWayOfOthers) {
  // 0 and 2 share 7; 2 and 3 share 9; 1 and 4 share 5; 5 is alone.
  const std::vector<TextNumbers> rows = {{7, 1}, {5, 2}, {7, 9}, {9, 3}, {4, 5}, {8, 6}};
  EXPECT_THAT(components_of(rows), ElementsAre(0, 1, 0, 0, 1, 2));
}

TEST(Folds, ALaterRowJoinsTwoComponents) {
  const std::vector<TextNumbers> rows = {{1}, {2}, {3}, {1, 3}, {2}};
  EXPECT_THAT(components_of(rows), ElementsAre(0, 1, 0, 0, 1));
}

TEST(Folds, TheLargestComponentsAreSpreadFirst) {
  // Components of 3, 2, 2 and 1 rows: 3 | 2 2, and the last where there are fewest.
  const std::vector<TextNumbers> rows = {{1}, {2}, {2}, {3}, {3}, {3}, {4}, {4}};
  const Folds folds = assign_folds(rows, 2);
  EXPECT_THAT(folds.of_row, ElementsAre(0, 1, 1, 0, 0, 0, 1, 1));
  EXPECT_THAT(folds.sizes, ElementsAre(4, 4));
  EXPECT_EQ(folds.components, 4);
  EXPECT_EQ(folds.largest, 3);
}

TEST(Folds, FewerComponentsThanFoldsLeaveFoldsEmpty) {
  const std::vector<TextNumbers> rows = {{1}, {1}, {2}};
  const Folds folds = assign_folds(rows, 3);
  EXPECT_EQ(folds.components, 2);
  EXPECT_THAT(folds.sizes, ElementsAre(2, 1, 0));
}

}  // namespace
}  // namespace laurel::folds_test
