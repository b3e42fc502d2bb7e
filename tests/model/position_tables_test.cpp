// Tables of positions for rows of several lengths, and which row of them a token reads.
#include "model/position_tables.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "support/batches.h"

namespace laurel::position_tables_test {
namespace {

using testing::ElementsAre;

TokenBatch rows_of(const std::vector<size_t>& lengths) {
  std::vector<std::vector<int32_t>> rows;
  for (const size_t length : lengths) rows.emplace_back(length, 7);
  return make_batch(rows);
}

TEST(PositionTables, WithoutALengthRulePositionsAreReadAsTheyAre) {
  const TokenBatch tokens = rows_of({3, 5});
  const PositionTables tables = position_tables(tokens, {});
  EXPECT_THAT(tables.lengths, ElementsAre(1));
  EXPECT_EQ(tables.positions, 512);
  EXPECT_TRUE(table_rows(tokens, tables, {}).is_same(tokens.position_ids));
  EXPECT_EQ(position_tables(rows_of({513}), {}).positions, 1024);
}

TEST(PositionTables, EveryClassOfLengthsHasItsOwn) {
  const LengthRule each{.bound = 3, .each_length = true}, two{.bound = 3, .each_length = false};
  const TokenBatch tokens = rows_of({5, 2, 4, 3});
  const PositionTables of_each = position_tables(tokens, each),
                       of_two = position_tables(tokens, two);
  EXPECT_THAT(of_each.lengths, ElementsAre(1, 4, 5));
  EXPECT_THAT(of_two.lengths, ElementsAre(1, 4));
  const at::Tensor rows = table_rows(tokens, of_each, each);
  const std::vector<int32_t> expected{1024, 1025, 1026, 1027, 1028, 0, 1,
                                      512,  513,  514,  515,  0,    1, 2};
  EXPECT_TRUE(at::equal(rows, at::tensor(expected, at::kInt))) << rows;
  EXPECT_EQ(table_rows(tokens, of_two, two)[0].item<int32_t>(), 512);
  // Both tables of a rule with two, whatever the rows: the next batch may need the other.
  EXPECT_THAT(position_tables(rows_of({1}), two).lengths, ElementsAre(1, 4));
  EXPECT_THAT(position_tables(rows_of({1}), each).lengths, ElementsAre(1));
}

}  // namespace
}  // namespace laurel::position_tables_test
